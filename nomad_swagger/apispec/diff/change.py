"""One change between two documents.

Knows how a change is told and how bad it can be. It must not know how changes are found.

How severity is judged: by who is hurt. *Breaking*: a script that worked fails, or goes on and gets something else
without a word. *Compatible*: it works as before, and can do more. *Cosmetic*: only words. Three cases where opinions
differ are settled so: a value added to an answer's ``enum`` is compatible (with a note), since NOMAD adds codes and
properties all the time and the client does not refuse them; another default is breaking, since it changes results
silently; what an error answer looks like is compatible, since scripts go by its status.
"""

from __future__ import annotations

from dataclasses import replace

from nomad_swagger.light import dataclass

BREAKING = "breaking"
COMPATIBLE = "compatible"
COSMETIC = "cosmetic"
SEVERITIES = (BREAKING, COMPATIBLE, COSMETIC)

OPERATION = "operation"
"""``where`` of a change to the operation as a whole."""


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Attributes
    ----------
    severity : str
        ``breaking``, ``compatible`` or ``cosmetic``.
    kind : str
        ``operation-renamed``, ``parameter-removed``, ``field-added``, …
    operation : str
        ``tag.operation`` as the old document calls it (a new one: as the new does); empty for the document itself.
    where : str
        The place: ``operation``, ``parameter dft.system``, ``answer 200 · results[].formula``, ``body · query``.
    message : str
        What happened there and what it does to a caller; reads on after ``where``.
    old, new : any
        The values before and after; None where there is none.
    """

    severity: str
    kind: str
    operation: str = ""
    where: str = ""
    message: str = ""
    old: object = None
    new: object = None

    def inside(self, place: str, *, operation: str = "") -> Change:
        """Give the change as seen from further out.

        Examples
        --------
        >>> Change("breaking", "field-removed", where="formula").inside("answer 200").where
        'answer 200 · formula'
        """
        where = f"{place} · {self.where}" if place and self.where else place or self.where
        return replace(self, where=where, operation=operation or self.operation)
