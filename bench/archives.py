"""Archives beside requests' own decoding: 10 MB in one answer, and one value of an archive of 200 MB."""

from __future__ import annotations

from bench.measure import side_by_side, timed
from bench.plan import Plan
from bench.servers import LARGE_PAGE_ENTRIES, UPLOAD_ID
from bench.table import Aim, Table, Way

_REQUESTS = "import requests\nsession = requests.Session()"
_OURS = """
import nomad_swagger as ns
client = ns.connect("{api}")
entry = ns.Entry(entry_id="big", upload_id="{upload_id}")
"""
_WITHOUT_ORJSON = 'import sys\nsys.modules["orjson"] = None\n'
_AS_FAST = Aim(1.0, "ratio", "≤ 1.0 x requests")
_FLAT = Aim(16, "MiB", "+16 MiB")
_PATH = "section_run/-1/section_single_configuration_calculation/-1/energy_total"
_STEPS = '["section_run"][-1]["section_single_configuration_calculation"][-1]["energy_total"]'


def measure(plan: Plan) -> list[Table]:
    """Give the tables."""
    large, old = f"{plan.url}/large/api", f"{plan.url}/old/api"
    times = plan.rounds(20, 5)
    page = f'list(ns.archives(client, required={{"section_run": "*"}}, page_size={LARGE_PAGE_ENTRIES}))'
    body = {"query": {}, "required": {"section_run": "*"}, "pagination": {"per_page": LARGE_PAGE_ENTRIES}}
    value = f'ns.archive_value(client, entry, "{_PATH}")'
    return [
        _table(
            plan,
            "One archive of 10 MB",
            _requests(f'session.get("{large}/archive/{UPLOAD_ID}/big").json()', times),
            *_ours(large, "ns.archive(client, entry)", times),
        ),
        _table(
            plan,
            f"A page of {LARGE_PAGE_ENTRIES} archives, 10 MB; ours with the list of the entries",
            _requests(f'session.post("{large}/archive/query", json={body}).json()', times),
            *_ours(large, page, times),
        ),
        _table(
            plan,
            f"One value of an archive of {40 if plan.quick else 200} MB, from a server that cannot send a part",
            _requests(f'session.get("{old}/archive/{UPLOAD_ID}/big").json(){_STEPS}', 1),
            timed("ours: `ns.archive_value(…)`", value, _FLAT, setup=_setup(old)),
        ),
    ]


def _requests(act: str, times: int) -> Way:
    return timed("requests, `.json()`", act, setup=_REQUESTS, times=times)


def _ours(api: str, act: str, times: int) -> tuple[Way, Way]:
    call = act.split("(client", maxsplit=1)[0].removeprefix("list(")
    return (
        timed(f"ours: `{call}(…)`, with `[fast]`", act, _AS_FAST, setup=_setup(api), times=times),
        timed("ours without", act, setup=_WITHOUT_ORJSON + _setup(api), times=times),
    )


def _setup(api: str) -> str:
    return _OURS.format(api=api, upload_id=UPLOAD_ID)


def _table(plan: Plan, title: str, *ways: Way) -> Table:
    return side_by_side(title, ways, rounds=plan.rounds(3, 1), home=plan.home)
