"""The one table of exit codes: from errors to codes, and what a code means in words.

``--help``, README and guide say what stands here; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger import errors

MEANINGS: Mapping[int, str] = {
    0: "done",
    1: "other failure",
    2: "usage",
    3: "not authorized",
    4: "not found",
    5: "processing failed",
    6: "network, transfer or request time-out",
    7: "a wait ran out of its --timeout",
    8: "spec drift, tampering or breaking change",
    130: "Ctrl-C",
}

# The first class that fits, from the most special to the most general.
_OF_ERRORS: Mapping[type[BaseException], int] = {
    errors.UsageError: 2,
    errors.AuthError: 3,
    errors.Unauthorized: 3,
    errors.Forbidden: 3,
    errors.NotFound: 4,
    errors.SpecNotFound: 4,
    errors.SpecTampered: 8,
    errors.WaitTimeout: 7,
    errors.ProcessingError: 5,
    errors.TransportError: 6,
    errors.TransferError: 6,
    errors.NomadError: 1,
}


def exit_code(error: BaseException) -> int:
    """Give the exit code for an error. A description that is missing since the network is, is a network failure."""
    if isinstance(error, errors.SpecNotFound) and isinstance(error.__cause__, errors.TransportError):
        return 6
    return next((code for kind, code in _OF_ERRORS.items() if isinstance(error, kind)), 1)


def in_a_row() -> str:
    """Give all codes as one text.

    Examples
    --------
    >>> in_a_row().split(", ")[0]
    '0 done'
    """
    return ", ".join(f"{code} {words}" for code, words in MEANINGS.items())
