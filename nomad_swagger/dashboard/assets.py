"""The files of the page: Swagger UI out of an installed package, and our own.

Nothing is loaded from outside, and the package is not imported: only its files are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass

PACKAGE = "flask-swagger-ui"  # its version is Swagger UI's own
_FOLDER = "flask_swagger_ui/dist"

# our name: (its name in the package, its type)
_SWAGGER_UI = {
    "swagger-ui.css": ("swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui.js": ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "favicon.png": ("favicon-32x32.png", "image/png"),
}
_OURS = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """A file and its type."""

    content: bytes
    content_type: str


def load_assets() -> Mapping[str, Asset]:
    """Give the files of the page by the name under which it asks for them.

    Raises
    ------
    UsageError
        Swagger UI is not installed.
    """
    try:
        package = distribution(PACKAGE)
        folder = Path(str(package.locate_file(_FOLDER)))
        theirs = {name: Asset((folder / file).read_bytes(), kind) for name, (file, kind) in _SWAGGER_UI.items()}
    except (PackageNotFoundError, OSError) as error:
        raise UsageError("the dashboard needs Swagger UI: pip install 'nomad-swagger[dashboard]'") from error
    return theirs | {name: Asset(page_file(name), kind) for name, kind in _OURS.items()}


def page_file(name: str) -> bytes:
    """Give one of our own files."""
    return files("nomad_swagger.dashboard").joinpath("page", name).read_bytes()
