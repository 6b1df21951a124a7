"""Which extra brings a library that may be missing, and the error that says so.

Knows the names of ``setup.cfg``'s extras; it imports none of their libraries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nomad_swagger.errors import MissingExtra

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "ase": ("ase", "numpy"),
    "pandas": ("pandas", "pyarrow"),
    "fast": ("ijson",),
    "plot": ("matplotlib",),
    "sandbox": ("flask", "ase", "spglib", "jwt", "cryptography", "numpy", "orjson", "cheroot", "werkzeug", "zipstream"),
    "distributed": ("distributed", "dask"),
    "fsspec": ("fsspec",),
    "mcp": ("mcp", "anyio", "pydantic"),
    "dashboard": ("cheroot", "werkzeug", "flask_swagger_ui"),
}


def missing(error: ModuleNotFoundError, what: str, *, within: str = "") -> MissingExtra | None:
    """Give the error that names the extra for a library that is not installed; None where it is none of theirs.

    Parameters
    ----------
    error : ModuleNotFoundError
    what : str
        What needs the library.
    within : str
        The extra that ``what`` belongs to, where several bring the library.
    """
    library = str(error.name).partition(".")[0]
    extras = [extra for extra, libraries in EXTRAS.items() if library in libraries]
    if not extras:
        return None
    extra = within if within in extras else extras[0]
    told = MissingExtra(f"{what} needs {library}: pip install 'nomad-swagger[{extra}]'")
    told.name = library
    return told


@contextmanager
def needed_by(what: str) -> Iterator[None]:
    """Say which extra is missing where a library of one cannot be imported; also a decorator.

    Raises
    ------
    MissingExtra
        It names the library and the extra.

    Examples
    --------
    >>> with needed_by("to_pandas"):
    ...     raise ModuleNotFoundError(name="pandas")
    Traceback (most recent call last):
    nomad_swagger.errors.MissingExtra: to_pandas needs pandas: pip install 'nomad-swagger[pandas]'
    """
    try:
        yield
    except MissingExtra:
        raise
    except ModuleNotFoundError as error:
        ours = missing(error, what)
        if ours is None:
            raise
        raise ours from error
