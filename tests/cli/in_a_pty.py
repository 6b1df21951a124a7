"""Run command lines one after the other on the terminal that this process has: ``python in_a_pty.py LINES.json``.

Their exit codes go to a file beside that one. The commands run in this process, as ``main`` runs them.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

from nomad_swagger.apispec.model import Spec
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.main import cli
from nomad_swagger.cli.options import console_options
from nomad_swagger.cli.words import shielded
from tests.cli.read_once import derive_once


def main(lines: Path) -> None:
    for name, shared in derive_once().items():
        setattr(Spec, name, shared)
    codes = []
    for words in json.loads(lines.read_text("utf-8")):
        sys.stdout.write(f"$ {json.dumps(words)}\n")
        sys.stdout.flush()
        try:
            run(console_options(cli), shielded(words))
        except SystemExit as left:
            codes.append(left.code)
        except BaseException:  # noqa: BLE001 - the test says which
            traceback.print_exc()
            codes.append(-1)
    lines.with_suffix(".codes").write_text(json.dumps(codes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
