"""The archives of a query: lazily, in parts, and with nothing lost in silence."""

from __future__ import annotations

import itertools
import json
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ase.io
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.archives.lines import write_lines
from nomad_swagger.flows.archives.pages import ArchivePages
from nomad_swagger.transport.retry import RetryPolicy
from tests.conftest import Asked, Reply, Web
from tests.flows.conftest import Connect
from tests.flows.relay import Fault, Passing, Relay

COUNT = 60
ABSENT = (7, 41)
CUTOFFS = Path(__file__).parents[2] / "tutorials" / "data" / "silicon-cutoffs"
ENERGY = {
    "section_run": "section_run/-1/section_single_configuration_calculation/-1/energy_total",
    "run": "run/-1/calculation/-1/energy/total/value",
}


@pytest.fixture(scope="session")
def shelf_of_many(sandbox: Sandbox) -> str:
    """Published synthetic entries, all with an archive; gives their upload's id."""
    return sandbox.add_entries(COUNT)


@pytest.fixture(scope="session")
def shelf_with_gaps(sandbox: Sandbox) -> str:
    """The same, some without an archive."""
    return sandbox.add_entries(COUNT, without_archive=ABSENT)


def energy_path(archive: ns.Archive) -> str:
    return next(path for section, path in ENERGY.items() if section in archive)


def ids_of(client: Any, upload_id: str) -> list[str]:
    return sorted(entry.entry_id for entry in ns.search(client, upload_id=upload_id))


def asked_pages(sandbox: Sandbox, since: int) -> int:
    return sum(1 for _, path, _ in list(sandbox.requests)[since:] if path.endswith("archive/query"))


def test_every_archive_comes_once_in_the_order_of_ids(each: Any, shelf_of_many: str) -> None:
    found = ns.archives(each, upload_id=shelf_of_many, page_size=7)
    assert len(found) == found.total == COUNT
    archives = list(found)
    assert [archive.entry_id for archive in archives] == ids_of(each, shelf_of_many)
    assert {archive.upload_id for archive in archives} == {shelf_of_many}
    assert len({archive.at(energy_path(archive), "eV") for archive in archives}) == COUNT
    assert found.absent == {}
    assert [archive.entry_id for archive in found] == [archive.entry_id for archive in archives], "a second time"


def test_an_index_and_a_slice_fetch_their_pages_and_keep_them(each: Any, shelf_of_many: str, sandbox: Sandbox) -> None:
    found = ns.archives(each, upload_id=shelf_of_many, page_size=10)
    ids = ids_of(each, shelf_of_many)
    before = len(sandbox.requests)
    assert found[25].entry_id == ids[25]
    assert found[-1].entry_id == ids[-1]
    assert [archive.entry_id for archive in found[22:28]] == ids[22:28]
    assert found[25] is found[25]
    assert asked_pages(sandbox, before) == 2
    for beyond in (COUNT, -COUNT - 1):
        with pytest.raises(IndexError, match=f"index {beyond} of {COUNT} archives"):
            found[beyond]


def test_only_what_is_required_comes(each: Any, shelf_of_many: str) -> None:
    whole = ns.archives(each, upload_id=shelf_of_many)[0]
    section, path = next((section, path) for section, path in ENERGY.items() if section in whole)
    calculations = path.split("/")[2]
    required = {section: {f"{calculations}[-1]": "*"}}
    part = ns.archives(each, required=required, upload_id=shelf_of_many)[0]
    assert part[section] == [{calculations: [whole[section][-1][calculations][-1]]}]
    assert len(part) < len(whole)
    assert part.entry_id == whole.entry_id
    assert ns.archive(each, part.entry_id, required=required) == part
    assert ns.archive_value(each, part.entry_id, path, "eV") == whole.at(path, "eV")


def test_a_table_fetches_its_columns_alone(each: Any, shelf_of_many: str) -> None:
    found = ns.archives(each, upload_id=shelf_of_many)
    path = energy_path(found[0])
    table = found.to_pandas({"energy_eV": path, "energy": path})
    assert list(table.columns) == ["energy_eV", "energy"]
    assert table["energy_eV"].tolist() == pytest.approx([archive.at(path, "eV") for archive in found], rel=1e-12)
    assert table["energy"].tolist() == [archive.at(path) for archive in found], "without a unit in its name: SI"
    assert list(table.index) == ids_of(each, shelf_of_many)


@pytest.fixture(scope="session")
def cutoffs() -> dict[str, bytes]:
    """Silicon at six cut-offs, as Quantum ESPRESSO wrote it."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(CUTOFFS.glob("*/si.*"))}


def test_the_classic_archive_query_gives_the_energies_that_ase_reads(
    each: Any, cutoffs: dict[str, bytes], shelf: Callable[..., ns.Upload]
) -> None:
    upload = shelf(cutoffs)
    whole = ns.archive(each, next(iter(ns.search(each, upload_id=upload.upload_id))))
    section, path = next((section, path) for section, path in ENERGY.items() if section in whole)
    calculation, *names = path.split("/")[2:]
    energy: Any = "*"
    for name in reversed(names[1:]):
        energy = {name: energy}
    required = {f"{section}[-1]": {f"{calculation}[-1]": energy}}
    found = ns.archives(each, required=required, formula="Si2", code="Quantum Espresso", upload_id=upload.upload_id)
    mainfiles = {entry.entry_id: entry.mainfile for entry in ns.search(each, upload_id=upload.upload_id)}
    assert len(found) == len(mainfiles) == 6
    for archive in found:
        assert list(archive[section][0]) == [calculation], "the required energy, and nothing else"
        output = CUTOFFS / mainfiles[archive.entry_id]
        # NOMAD's Rydberg is CODATA's of 2018, ASE's for Quantum ESPRESSO is of 2006
        energy = ase.io.read(output).get_potential_energy() * 13.605693122994 / 13.60569193
        assert archive.at(path, "eV") == pytest.approx(energy, rel=1e-9)


def test_what_cannot_be_required_is_refused_and_nothing_is_sent(each: Any, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    for wrong in ({"run[": "*"}, {"run [0]": "*"}, {" run": "*"}, {"run": 3}, ["run"]):
        with pytest.raises(ns.UsageError, match="required"):
            ns.archives(each, required=wrong, elements=["Si"])
    with pytest.raises(ns.UsageError, match="missing is 'warn' or 'raise', not 'ignore'"):
        ns.archives(each, missing="ignore")
    with pytest.raises(ns.UsageError, match="page_size is 0"):
        ns.archives(each, page_size=0)
    with pytest.raises(ns.UnknownArgument):
        ns.archives(each, elementz=["Si"])
    assert len(sandbox.requests) == before


def test_a_run_goes_on_behind_its_cursor(each: Any, shelf_of_many: str) -> None:
    found = ns.archives(each, upload_id=shelf_of_many, page_size=7)
    begun = [archive.entry_id for archive in itertools.islice(found, 10)]
    assert found.cursor == begun[-1]
    rest = ns.archives(each, upload_id=shelf_of_many, page_size=7, resume=found.cursor)
    assert len(rest) == COUNT - 10
    assert begun + [archive.entry_id for archive in rest] == ids_of(each, shelf_of_many)
    with_limit = ns.archives(each, upload_id=shelf_of_many, limit=5, resume=found.cursor)
    assert [archive.entry_id for archive in with_limit] == ids_of(each, shelf_of_many)[10:15]


def test_entries_without_an_archive_are_named(each: Any, shelf_with_gaps: str) -> None:
    found = ns.archives(each, upload_id=shelf_with_gaps, page_size=16)
    with pytest.warns(ns.NomadWarning, match=f"2 of {COUNT} entries have no archive to give: "):
        came = [archive.entry_id for archive in found]
    expected = ids_of(each, shelf_with_gaps)
    assert len(found.absent) == 2
    assert sorted([*came, *found.absent]) == expected
    strict = ns.archives(each, upload_id=shelf_with_gaps, missing="raise")
    with pytest.raises(ns.IncompleteTransfer) as error:
        list(strict)
    assert (error.value.received, error.value.expected) == (COUNT - 2, COUNT)
    assert set(error.value.missing) == set(found.absent)
    gap = expected.index(next(iter(found.absent)))
    with pytest.raises(ns.NotFound, match="no archive to give"):
        found[gap]
    assert found[gap - 1].entry_id == expected[gap - 1]


def test_progress_counts_entries(each: Any, shelf_of_many: str) -> None:
    seen: list[tuple[int, int]] = []
    list(ns.archives(each, upload_id=shelf_of_many, page_size=25, progress=lambda *now: seen.append(now)))
    assert seen == [(25, COUNT), (50, COUNT), (COUNT, COUNT)]


def test_the_next_page_is_under_way_while_one_works(connect: Connect, shelf_of_many: str, relay: Relay) -> None:
    asked = threading.Semaphore(0)

    def count(passing: Passing) -> Fault | None:
        if passing.path.endswith("archive/query"):
            asked.release()
        return None

    relay.fault = count
    client = connect(None, "1.4.3", url=relay.url)
    running = iter(ns.archives(client, upload_id=shelf_of_many, page_size=10))
    assert next(running)
    assert asked.acquire(timeout=10)
    assert asked.acquire(timeout=10), "the second page was not asked for while the first one was worked on"


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6", "1.4.3"])
def test_a_page_that_fails_is_asked_for_again(connect: Connect, shelf_of_many: str, relay: Relay, version: str) -> None:
    faults = iter([Fault(status=502), Fault(lost=True), Fault(kept_bytes=100)])
    relay.fault = lambda passing: next(faults, None) if passing.path.endswith("archive/query") else None
    client = connect(None, version, url=relay.url)
    client.nomad.transport.policy = RetryPolicy(sleep=lambda _: None)
    found = ns.archives(client, upload_id=shelf_of_many, page_size=20)
    assert [archive.entry_id for archive in found] == ids_of(client, shelf_of_many)
    assert next(faults, None) is None, "all faults were met"


def test_a_server_that_is_gone_ends_the_run_with_the_way_to_go_on(
    connect: Connect, shelf_of_many: str, relay: Relay
) -> None:
    client = connect(None, "1.4.3", url=relay.url)
    client.nomad.transport.policy = RetryPolicy(retries=1, sleep=lambda _: None)
    found = ns.archives(client, upload_id=shelf_of_many, page_size=10)
    came: list[str] = []

    def read() -> None:
        for archive in found:
            came.append(archive.entry_id)
            relay.dead = len(came) >= 10

    with pytest.raises(ns.ConnectionLost) as error:
        read()
    assert error.value.happened.endswith(f"Got {len(came)} archives; resume='{came[-1]}' goes on behind them.")
    relay.dead = False
    rest = ns.archives(client, upload_id=shelf_of_many, page_size=10, resume=found.cursor)
    assert came + [archive.entry_id for archive in rest] == ids_of(client, shelf_of_many)


class Script:
    """Answers as NOMAD v1 does for ten entries, of which some break a page that they are in."""

    def __init__(self, web: Web, *, ids: list[str], bad: Callable[[str], bool], status: int = 500) -> None:
        self.ids, self.bad, self.status = ids, bad, status
        web.answer = self.answer
        self.asked: list[list[str]] = []

    def answer(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        if asked.path.endswith("/entries/query"):
            data = [{"entry_id": name, "upload_id": "u"} for name in self.ids]
            return Reply.json({"data": data, "pagination": {"total": len(self.ids)}})
        ids = body["query"]["entry_id:any"]
        self.asked.append(ids)
        if any(self.bad(name) for name in ids):
            return Reply.json({"detail": "this one is too much"}, status=self.status)
        return Reply.json({"data": [{"entry_id": name, "archive": {"name": name}} for name in ids]})


@pytest.fixture
def today(web: Web) -> Any:
    client = ns.connect(f"{web.url}/api/v1", spec="nomad-1.4.3")
    client.nomad.transport.policy = RetryPolicy(retries=0)
    return client


IDS = [f"e{number}" for number in range(10)]


def test_one_archive_that_is_too_much_for_the_server_costs_itself_alone(web: Web, today: Any) -> None:
    script = Script(web, ids=IDS, bad=lambda name: name == "e6")
    found = ns.archives(today)
    with pytest.warns(ns.NomadWarning, match=r"1 of 10 entries .*e6: .*this one is too much"):
        came = [archive["name"] for archive in found]
    assert came == [name for name in IDS if name != "e6"]
    assert len(script.asked) < 12, "halves, not one by one"


@pytest.mark.parametrize(("status", "doubtful"), [(500, {"e6"}), (404, set())])
def test_a_page_tells_what_the_server_failed_at_from_what_it_does_not_have(
    web: Web, today: Any, status: int, doubtful: set[str]
) -> None:
    Script(web, ids=IDS, bad=lambda name: name == "e6", status=status)
    page = ArchivePages(today, "public").get([ns.Entry(name) for name in IDS])
    assert set(page.missing) == {"e6"}
    assert page.doubtful == doubtful


def test_a_server_that_fails_at_everything_is_not_asked_for_every_entry(web: Web, today: Any) -> None:
    script = Script(web, ids=IDS, bad=lambda name: True)
    with pytest.raises(ns.ServerError, match="too much"):
        list(ns.archives(today))
    assert len(script.asked) < 12


def test_a_requirement_that_the_server_refuses_is_no_missing_archive(web: Web, today: Any) -> None:
    Script(web, ids=IDS, bad=lambda name: True, status=400)
    with pytest.raises(ns.InvalidRequest, match="too much"):
        list(ns.archives(today, required={"run": "*"}))


def test_a_server_that_counts_more_than_it_lists_is_reported(web: Web, today: Any) -> None:
    script = Script(web, ids=IDS, bad=lambda name: False)
    honest = script.answer

    def counting(asked: Asked) -> Reply:
        reply = honest(asked)
        body = json.loads(reply.body)
        if "pagination" in body:
            body["pagination"]["total"] = 12
        return Reply.json(body)

    web.answer = counting
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ns.NomadWarning)  # the listing says so, too
        with pytest.raises(
            ns.IncompleteTransfer, match="2 of 12 entries .* 2 are counted by the server and not listed"
        ):
            list(ns.archives(today, missing="raise"))


def test_a_server_that_does_not_keep_its_order_is_not_trusted(web: Web, today: Any) -> None:
    Script(web, ids=["e1", "e3", "e2"], bad=lambda name: False)
    with pytest.raises(ns.ServerError, match="gave entry e2 behind e3"):
        list(ns.archives(today))


@pytest.fixture
def of_old(web: Web) -> tuple[Any, list[list[str]]]:
    """NOMAD 0.8.6, which answers an empty list for a page with an entry whose upload has no files any more."""
    client = ns.connect(f"{web.url}/api", spec="nomad-0.8.6")
    asked: list[list[str]] = []

    def answer(request: Asked) -> Reply:
        if request.path.endswith("/repo/"):
            page = {"total": 4, "page": 1, "per_page": 100}
            results = [{"calc_id": name, "upload_id": "u"} for name in ("c", "a", "d", "b")]
            return Reply.json({"pagination": page, "results": results, "scroll": {"total": 4}})
        ids = json.loads(request.body)["query"]["calc_id"]
        asked.append(ids)
        if "c" in ids:
            return Reply.json([])
        return Reply.json({"results": [{"calc_id": name, "archive": {"name": name}} for name in ids]})

    web.answer = answer
    return client, asked


def test_an_upload_whose_files_are_gone_does_not_take_others_along(of_old: tuple[Any, list[list[str]]]) -> None:
    client, asked = of_old
    found = ns.archives(client)
    with pytest.warns(ns.NomadWarning, match="1 of 4 entries have no archive to give: c: "):
        assert [archive["name"] for archive in found] == ["a", "b", "d"]
    assert asked[0] == ["a", "b", "c", "d"]


def test_a_file_of_lines_is_taken_up_where_it_was(each: Any, shelf_of_many: str, tmp_path: Path) -> None:
    found = ns.archives(each, upload_id=shelf_of_many, page_size=10)
    target = tmp_path / "out" / "many.ndjson"

    def interrupted(archive: ns.Archive) -> Any:
        if interrupted.left == 0:  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        interrupted.left -= 1  # type: ignore[attr-defined]
        return dict(archive)

    interrupted.left = 23  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        write_lines(found, target, pick=interrupted)
    assert not target.exists()
    (part,) = target.parent.iterdir()
    with part.open("a") as file:
        file.write('{"entry_id": "half a li')
    assert write_lines(found, target) == COUNT
    lines = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [line["entry_id"] for line in lines] == ids_of(each, shelf_of_many)
    assert lines[5]["archive"] == found[5]
    assert list(target.parent.iterdir()) == [target]
    before = target.stat().st_mtime_ns
    assert write_lines(found, target) == COUNT, "it is complete: there is nothing to do"
    assert target.stat().st_mtime_ns == before
    with pytest.raises(ns.UsageError, match="is there already"):
        write_lines(found, target, what="something else of each")
    assert write_lines(found, target, overwrite=True) == COUNT


def test_another_query_does_not_go_on_in_a_file(connect: Connect, shelf_of_many: str, tmp_path: Path) -> None:
    client = connect(None, "1.4.3")
    target = tmp_path / "many.ndjson"

    def stop(_: ns.Archive) -> Any:
        raise KeyboardInterrupt

    for required in (None, {"run": "*"}):
        with pytest.raises(KeyboardInterrupt):
            write_lines(ns.archives(client, required=required, upload_id=shelf_of_many), target, pick=stop)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_was_missing_before_a_break_is_not_forgotten(
    connect: Connect, shelf_with_gaps: str, tmp_path: Path
) -> None:
    client = connect(None, "1.4.3")
    found = ns.archives(client, upload_id=shelf_with_gaps, page_size=5, missing="raise")
    came: list[str] = []

    def late(archive: ns.Archive) -> Any:
        came.append(archive.entry_id)
        if len(came) == COUNT - 3:
            raise KeyboardInterrupt
        return {}

    target = tmp_path / "gaps.ndjson"
    with pytest.raises(KeyboardInterrupt):
        write_lines(found, target, pick=late)
    with pytest.raises(ns.IncompleteTransfer, match=f"of {COUNT} entries have no archive to give"):
        write_lines(found, target)
    assert len(target.read_text("utf-8").splitlines()) == COUNT - 2


def test_no_more_is_asked_for_at_once_than_fits_into_a_request(connect: Connect, sandbox: Sandbox) -> None:
    upload_id = sandbox.add_entries(420)
    before = len(sandbox.requests)
    assert len(list(ns.archives(connect("leonard", "0.7.9"), upload_id=upload_id, page_size=1000))) == 420
    assert asked_pages(sandbox, before) == 3


@pytest.mark.parametrize("wrong", ["one letter", "the other generation's"])
def test_a_path_that_no_archive_has_is_refused_with_the_nearest(each: Any, shelf_of_many: str, wrong: str) -> None:
    found = ns.archives(each, upload_id=shelf_of_many)
    right = energy_path(found[0])
    other = next(path for path in ENERGY.values() if path != right)
    asked = right[:-2] + right[-1] if wrong == "one letter" else other
    with pytest.raises(ns.UsageError, match=rf"column 'energy_eV': nothing at '{asked}', did you mean '{right}'\?"):
        found.to_pandas({"energy_eV": asked})


def test_an_empty_column_can_be_had_and_is_said(each: Any, shelf_of_many: str) -> None:
    found = ns.archives(each, upload_id=shelf_of_many, limit=3)
    with pytest.warns(ns.NomadWarning, match="nothing at 'nowhere'. None of the first 3 archives has it"):
        table = found.to_pandas({"nothing": "nowhere"}, missing_path="warn")
    assert table["nothing"].isna().all()
    with pytest.raises(ns.UsageError, match="missing_path is one of raise, warn, not 'explode'"):
        found.to_pandas({"nothing": "nowhere"}, missing_path="explode")


def test_a_column_that_one_of_the_first_archives_has_is_none_to_complain_of(
    connect: Connect, shelf: Any, cutoffs: dict[str, bytes]
) -> None:
    upload = shelf(cutoffs)
    found = ns.archives(connect("leonard", "1.4.3"), upload_id=upload.upload_id)
    assert found.to_pandas({"atoms": "run/*/system/*/atoms/labels"}).shape == (6, 1)
