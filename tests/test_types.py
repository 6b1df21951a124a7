"""What a type checker tells a user of this package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import nomad_swagger as ns

RIGHT = """
from __future__ import annotations

import pytest

import nomad_swagger as ns


def report(done: int, total: int | None) -> None: ...


client: ns.NomadClient = ns.connect("sandbox")
progress: ns.Progress = report
upload: ns.Upload = ns.upload(client, "si.zip", name="silicon", progress=progress)
upload = ns.wait(client, upload, until="processed")
entries: list[ns.Entry] = list(ns.search(client, owner="visible", elements=["Si"]))
archives: ns.Archives = ns.archives(client, missing="raise", code="VASP")
counted: ns.Statistics = ns.statistics(client, "upload_time", interval="1M")
text: str = ns.recipe(client, "search", style="curl", elements=["Si"])
found: tuple[ns.Operation, ...] = ns.operations(client, "upload")
told: ns.Description = ns.describe(client, found[0].full_name)
edited: ns.Edited = ns.edit(client, upload, comment="x")
change: ns.Change = edited.changes[0]
patience = ns.Patience(timeout_s=60)
print(ns.__version__, upload.published, list(ns.list_uploads(client, state="all")))
"""

WRONG = {
    'ns.search(client, owner="nonsense")': "owner",
    'ns.wait(client, "u", until="procesed")': "until",
    'ns.archives(client, missing="explode")': "missing",
    'ns.recipe(client, "search", style="culr")': "style",
    'ns.upload(client, "si.zip", nmae="silicon")': "nmae",
    'ns.get_upload(client, "u").publised': "publised",
    'list(ns.list_uploads(client, state="bublished"))': "state",
    'ns.statistics(client, "upload_time", interval="1 month")': "interval",
}


def checked(path: Path) -> dict[int, str]:
    """Give line → what ``mypy --strict`` says of it."""
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(path.parent), str(path)]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return {int(line): text for line, text in re.findall(rf"^{re.escape(str(path))}:(\d+): error: (.*)$", said, re.M)}


@pytest.mark.typing
def test_a_script_that_is_right_passes_and_each_planted_mistake_is_found(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(RIGHT + "".join(f"{line}\n" for line in WRONG), "utf-8")
    first = len(RIGHT.splitlines()) + 1
    found = checked(script)
    assert {line: text for line, text in found.items() if line < first} == {}
    assert len(found) == len(WRONG), found
    for number, word in enumerate(WRONG.values(), first):
        assert word in found[number]


def test_the_version_is_that_of_the_installed_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", ns.__version__)
    assert "__version__" in dir(ns)
