"""The whole API of a NOMAD server as Python functions, read from the server's own description.

>>> import nomad_swagger as ns
>>> client = ns.connect("sandbox")                                  # doctest: +SKIP
>>> ns.search(client, elements=["Si", "O"]).total                   # doctest: +SKIP
0

``client.<tag>.<operation>(…).response().result`` is every operation, as with bravado; the functions here wrap the way
from an upload to published data. Importing this package costs next to nothing: what is heavy is imported when used.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

from nomad_swagger.light import uncollected

_public, _dir, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from nomad_swagger.version import __version__

        return __version__
    with uncollected():
        return _public(name)


def __dir__() -> list[str]:
    return sorted([*_dir(), "__version__"])
