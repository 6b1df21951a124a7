from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger.flows.polling import Patience
from tests.conftest import Asked, Reply, Web
from tests.flows.conftest import QUICK, Connect


def test_a_wait_ends_when_neither_tasks_nor_a_process_run(
    client: Any, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO]
) -> None:
    seen: list[ns.Upload] = []
    done = ns.wait(client, ns.upload(client, pack(silicon)), progress=seen.append, patience=QUICK)
    assert all(upload.running for upload in seen[:-1])
    assert seen[-1] == done
    assert done.raw["tasks_running"] is done.raw["process_running"] is False
    assert {upload.stage for upload in seen} >= {"parse_all", "cleanup"}


def test_what_is_no_archive_fails_with_nomads_own_words(client: Any) -> None:
    made = ns.upload(client, io.BytesIO(b"this is no zip"), name="bad.zip", as_is=True)  # else it is packed
    with pytest.raises(ns.ProcessingFailed, match=r"processing failed: bad \.zip/\.tar file") as caught:
        ns.wait(client, made, patience=QUICK)
    assert caught.value.errors == ("bad .zip/.tar file",)
    assert caught.value.upload.upload_id == made.upload_id
    with pytest.raises(ns.ProcessingFailed):
        ns.publish(client, made, patience=QUICK)
    ns.delete(client, made, patience=QUICK)
    with pytest.raises(ns.NotFound):
        ns.get_upload(client, made)


def test_failed_entries_are_reported_though_the_upload_succeeds(
    client: Any, silicon: dict[str, bytes], put: Callable[..., ns.Upload]
) -> None:
    cut = silicon["AcAg/si/si.out"][:400]
    done = put(client, {**silicon, "broken/a.out": cut, "broken/b.out": cut})
    assert (done.status, done.entries, done.failed) == ("SUCCESS", 3, 2)
    assert [words.partition("; ")[0] for words in sorted(done.errors)] == [
        "broken/a.out: parser failed with exception",
        "broken/b.out: parser failed with exception",
    ]
    assert all("Error: " in words.partition("; ")[2] for words in done.errors)  # and why


def test_a_wait_that_runs_out_says_where_the_upload_is(
    client: Any, silicon: dict[str, bytes], pack: Callable[..., io.BytesIO]
) -> None:
    made = ns.upload(client, pack(silicon))
    with pytest.raises(
        ns.WaitTimeout, match=rf"{made.upload_id}: not processed after 0 s, still.*\(RUNNING\)"
    ) as caught:
        ns.wait(client, made, timeout_s=0)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.upload.running
    assert ns.wait(client, made, patience=QUICK).status == "SUCCESS", "nothing is lost"


@pytest.mark.parametrize("until", ["processed", "published"])
def test_a_mistyped_id_is_not_found_whatever_one_waits_for(client: Any, until: str) -> None:
    with pytest.raises(ns.NotFound):
        ns.wait(client, "mistyped", until=until, patience=QUICK)


def test_what_cannot_be_waited_for_is_refused(client: Any) -> None:
    with pytest.raises(ns.UsageError, match="one of processed, published, deleted"):
        ns.wait(client, "x", until="eternity")


class Life:
    """The states of one upload, one at each look; the last one stays."""

    def __init__(self, *states: dict[str, Any] | None) -> None:
        self.states = list(states)

    def __call__(self, asked: Asked) -> Reply:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state is None:
            return Reply.json({"code": 404, "message": "Upload with id u does not exist."}, 404)
        calm = {"tasks_running": False, "process_running": False, "published": False, "tasks_status": "SUCCESS"}
        return Reply.json({"upload_id": "u", **calm, **state})


RUNNING = {"tasks_running": True, "tasks_status": "RUNNING"}
IDLE: dict[str, Any] = {}
PUBLISHING = {"process_running": True, "current_process": "publish_upload"}
DELETING = {"process_running": True, "current_process": "delete_upload"}
PUBLISHED = {"published": True}


@pytest.fixture
def lived(web: Web) -> Callable[..., Any]:
    """Waits for an upload with that life."""

    def wait(*states: dict[str, Any] | None, until: str) -> ns.Upload:
        web.answer = Life(*states)
        client = ns.connect(web.url, spec="nomad-0.8.6", token="aaa.bbb.ccc")
        clock = iter(range(1000))
        patience = Patience(clock=lambda: float(next(clock)), sleep=lambda seconds: None)
        return ns.wait(client, "u", until=until, timeout_s=20, patience=patience)

    return wait


def test_published_is_what_says_so(lived: Callable[..., Any]) -> None:
    assert lived(PUBLISHING, PUBLISHED, until="published").published


def test_an_upload_gone_after_a_publish_was_seen_counts_as_published(lived: Callable[..., Any]) -> None:
    seen = lived(PUBLISHING, None, until="published")
    assert (seen.published, seen.status, seen.running) == (True, "GONE", False)


@pytest.mark.parametrize("before", [IDLE, RUNNING, DELETING], ids=["idle", "processing", "deleting"])
def test_an_upload_gone_without_a_publish_is_not_found(lived: Callable[..., Any], before: dict[str, Any]) -> None:
    with pytest.raises(ns.NotFound):
        lived(before, None, until="published")


def test_an_upload_that_nobody_publishes_is_waited_for_until_the_time_is_up(lived: Callable[..., Any]) -> None:
    with pytest.raises(ns.WaitTimeout, match="not published after 20 s"):
        lived(IDLE, until="published")


def test_a_publish_that_stops_without_publishing_is_a_failure(lived: Callable[..., Any]) -> None:
    with pytest.raises(ns.ProcessingFailed, match="publishing failed: NOMAD took the order and stopped"):
        lived(PUBLISHING, IDLE, until="published")


def test_an_upload_gone_in_the_middle_of_processing_is_not_found(lived: Callable[..., Any]) -> None:
    with pytest.raises(ns.NotFound):
        lived(RUNNING, None, until="processed")


def test_a_deleted_upload_is_one_that_is_gone(lived: Callable[..., Any]) -> None:
    assert lived(IDLE, DELETING, None, until="deleted").status == "GONE"


def test_a_process_running_beside_finished_tasks_is_not_the_end(lived: Callable[..., Any]) -> None:
    both = {"tasks_running": True, "process_running": True, "tasks_status": "RUNNING"}
    tasks_alone = {**both, "process_running": False}
    process_alone = {"process_running": True}
    assert not lived(both, tasks_alone, process_alone, {"total_calcs": 7}, until="processed").running


def test_two_people_may_wait_for_one_upload(
    client: Any, connect: Connect, silicon: dict[str, bytes], put: Callable[..., ns.Upload]
) -> None:
    done = put(client, silicon, publish=True)
    assert ns.wait(connect("leonard"), done, until="published", patience=QUICK).published


def test_what_was_never_there_is_not_deleted(each: Any) -> None:
    with pytest.raises(ns.NotFound):
        ns.wait(each, "nosuch", until="deleted", patience=QUICK)


def test_wait_gives_an_upload_whatever_is_in_it(each: Any, put: Any) -> None:
    seen = put(each, {"readme.txt": b"no calculation"})
    assert (seen.entries, seen.errors) == (0, ())
