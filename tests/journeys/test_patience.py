"""A reader that has enough, and a wait that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.journeys.conftest import Run, Start
from tests.warm import Warm

pytestmark = pytest.mark.journey


def test_a_reader_of_a_search_that_has_enough_is_no_error(silent_environment: Path, warm: Warm) -> None:
    with Sandbox() as box:
        box.add_entries(3000)
        for fmt in ("table", "ndjson", "ids"):
            # 3000 entries are more than a pipe holds, so that writing meets a closed one
            words = ["search", "-o", fmt, "--limit", "3000", "--url", box.api_url]
            with warm.start(words) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                assert process.stdout.read(10)
                process.stdout.close()
                said = process.stderr.read()
                assert (fmt, process.wait(timeout=30)) == (fmt, 0)
            assert said in ("", "3000 of 3000 entries\n")


def test_a_wait_for_what_is_still_processed_exits_with_7_and_can_be_repeated(
    start: Start, run: Run, tutorial_data: Path, tmp_path: Path
) -> None:
    start()
    output = (tutorial_data / "silicon" / "si.out").read_bytes()
    for number in range(150):
        folder = tmp_path / "many" / f"{number:03d}"
        folder.mkdir(parents=True)
        (folder / "si.out").write_bytes(output)
    (upload_id,) = run("upload", "many", "-o", "ids").stdout.split()
    late = run("wait", upload_id, "--timeout", "1", code=7)
    assert f"upload {upload_id}: not processed after 1 s, still at" in late.stderr
    assert "Nothing is lost" in late.stderr
    assert ",150,0," in run("wait", upload_id, "-o", "csv").stdout
