"""``tutorials``."""

from __future__ import annotations

from pathlib import Path

import click

from nomad_swagger.cli.output import note, say
from nomad_swagger.errors import UsageError

_OF_PYTHON = ("__pycache__", "*.pyc", "work")


@click.command()
@click.option(
    "--to", "folder", metavar="DIR", type=click.Path(path_type=Path), default=Path("tutorials"), show_default=True
)
def tutorials(folder: Path) -> None:
    """Write the tutorials and their calculations into a folder of yours.

    \b
    nomad-swagger tutorials
    cd tutorials
    nomad-swagger sandbox --local-folder .     (in a second terminal, in the same folder)
    """
    import shutil

    if folder.exists():
        raise UsageError(f"{folder} exists, and is left as it is. Say where else: --to DIR.")
    shutil.copytree(where(), folder, ignore=shutil.ignore_patterns(*_OF_PYTHON))
    for path in sorted(folder.glob("[0-9R]*"), key=lambda path: path.name):
        say(str(path))
    note(f"Begin with {folder / 'README.md'}; {folder / 'data'} has the calculations.")


def where() -> Path:
    """Give the folder of the tutorials that came along, installed or in a checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "tutorials"
    return installed if installed.is_dir() else package.parent / "tutorials"
