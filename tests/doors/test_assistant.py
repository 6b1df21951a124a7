"""An assistant gets answers in few calls, from tools that can do nothing but read, with strangers' words marked."""

from __future__ import annotations

import ast
import inspect
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult

import nomad_swagger as ns
from nomad_swagger.calls.plan import Plan
from nomad_swagger.doors import reading, tools
from nomad_swagger.doors.assistant import assistant
from nomad_swagger.doors.marked import DATA, LONGEST_CHARACTERS
from nomad_swagger.doors.reading import READING_VERBS, reading_client
from nomad_swagger.doors.tools import Tools
from nomad_swagger.flows import plans
from nomad_swagger.generations.generation import load_generation
from nomad_swagger.generations.marks import cannot_be_taken_back
from nomad_swagger.transport.call import PreparedCall
from tests.doors.conftest import CUTOFFS, INJECTION, Shelf
from tests.doors.conftest import DATA as FILES
from tests.test_architecture import PACKAGE, imports, parsed

MOST_TOKENS = 6_000
NAMES = [name for name, thing in vars(Tools).items() if callable(thing) and not name.startswith("_")]


def read(result: CallToolResult) -> dict[str, Any]:
    (content,) = result.content
    answer = json.loads(content.text)  # type: ignore[union-attr]
    assert isinstance(answer, dict)
    return answer


def test_the_lowest_energy_of_silicon_and_its_file_in_six_calls(shelf: Shelf) -> None:
    """By the kept library's own client, over stdin and stdout, on v0; the lines of docs/assistants.md do it on v1."""
    url, word = shelf.box.api_url_08, "energy_total"

    async def conversation() -> None:
        command = StdioServerParameters(command=sys.executable, args=["-m", "nomad_swagger", "mcp", "--url", url])
        async with Client(stdio_client(command)) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == NAMES
            assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in listed)

            hits = read(await client.call_tool("search", {"query": {"elements": ["Si"]}}))
            assert hits["total"] == 3
            entries = {entry["entry_id"]: entry for entry in hits[DATA]}
            assert {entry["comment"] for entry in entries.values()} == {INJECTION}, "marked as data, and nothing else"
            paths = read(await client.call_tool("archive_paths", {"entry_id": next(iter(entries)), "word": word}))
            path = paths[DATA][0]["path"].replace("*", "-1")
            wanted = {"path": path, "entry_ids": [*entries], "unit": "eV"}
            values = read(await client.call_tool("archive_value", wanted))
            lowest = min(values[DATA], key=lambda row: row["value"])
            assert lowest["value"] == pytest.approx(-215.689, abs=1e-3)
            entry = entries[lowest["entry_id"]]
            place = f"{entry['upload_id']}/{entry['mainfile']}"
            part = read(await client.call_tool("read_file", {"path": place, "max_bytes": 300}))
            assert part[DATA]["text"] == (CUTOFFS / "40Ry" / "si.out").read_text("utf-8")[:300]
            assert part["next"] == "start_byte=300"

    anyio.run(conversation)


def test_the_descriptions_cost_few_tokens() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # how it opens its own files
        import bpe_openai
    server = assistant()
    listed = [tool.model_dump(mode="json", exclude_none=True) for tool in anyio.run(server.list_tools)]
    tokens = len(bpe_openai.get_encoding("o200k_base").encode(json.dumps(listed) + (server.instructions or "")))
    assert 500 < tokens <= MOST_TOKENS


@pytest.fixture(scope="session")
def servers() -> dict[str, Any]:
    return {"old": assistant("old"), "new": assistant("new")}


@pytest.fixture(params=["old", "new"])
def ask(request: pytest.FixtureRequest, servers: dict[str, Any]) -> Callable[..., CallToolResult]:
    server = servers[request.param]

    def one(tool: str, **arguments: Any) -> CallToolResult:
        result = anyio.run(server.call_tool, tool, arguments)
        assert isinstance(result, CallToolResult)
        assert len(result.content[0].text) <= LONGEST_CHARACTERS  # type: ignore[union-attr]
        return result

    return one


def test_each_tool_answers_and_pages(shelf: Shelf, ask: Any) -> None:
    text = ask("search", query={}).content[0].text
    assert "\x1b" not in text
    assert "\u202e" not in text
    entry = read(ask("search", query={"optimade": "nelements=1"}))[DATA][0]
    assert read(ask("search", query={}, start=3, limit=5))[DATA] == []
    assert read(ask("statistics", quantity="elements"))[DATA] == {"Si": 3}
    assert read(ask("entry", entry_id=entry["entry_id"]))[DATA]["comment"] == INJECTION
    listed = read(ask("list_files", folder=f"{shelf.public}/run"))
    assert {"name": "si.out", "size_bytes": (FILES / "si.out").stat().st_size} in listed[DATA]
    tail = read(ask("read_file", path=f"{shelf.private}/run/si.out", start_byte=-20))
    assert tail[DATA]["text"] == (FILES / "si.out").read_text("utf-8")[-20:]
    nothing = {"path": "nothing/there", "entry_ids": [entry["entry_id"]]}
    assert read(ask("archive_value", **nothing))[DATA][0]["value"] is None
    assert read(ask("archive_paths", entry_id=entry["entry_id"]))["next"] == "start=50"
    assert read(ask("servers"))["servers"]["new"] == shelf.box.api_url_v1
    (name, *_) = read(ask("describe_operation", name="search"))[DATA]
    assert name.partition(":")[0] in read(ask("describe_operation", name=name.partition(":")[0]))[DATA]["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "error", "following"),
    [
        ("entry", {"entry_id": "no-such-entry"}, "NotFound", "search"),
        ("search", {"query": {"elemnts": "Si"}}, "UnknownArgument", "describe_operation"),
        ("search", {"query": {}, "server": "https://evil.example.org/api"}, "UnknownArgument", "servers"),
        ("read_file", {"path": "UPLOAD/run/large.h5"}, "UsageError", "Mend"),
        ("read_file", {"path": "UPLOAD/run/si.oud"}, "NotFound", "list_files"),
        ("archive_value", {"path": "", "entry_ids": ["x"] * 21}, "UsageError", "Mend"),
    ],
)
def test_an_error_says_what_to_do_next(
    shelf: Shelf, ask: Any, tool: str, arguments: dict[str, Any], error: str, following: str
) -> None:
    if "path" in arguments:
        arguments = {**arguments, "path": arguments["path"].replace("UPLOAD", shelf.public)}
    result = ask(tool, **arguments)
    answer = read(result)
    assert result.is_error
    assert answer["error"] == error
    assert following in answer["next"]


def reached(start: Path) -> set[Path]:
    """Give the modules of ours that a module can reach, late imports too."""
    found, todo = set(), [start]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            for name, _ in imports(path):
                for module in (name, name.rpartition(".")[0]):
                    file = PACKAGE.parent / f"{module.replace('.', '/')}.py"
                    if module.startswith("nomad_swagger.") and file.is_file():
                        todo.append(file)
                        break
    return found


def test_no_tool_reaches_a_plan_that_changes_anything() -> None:
    """From the tools to all that they import, and from the helpers' plans to where each is made."""
    read_only = {"search", "uploads", "download", "archive", "whoami"}
    changing = {name: inspect.getmodule(planner) for name, planner in plans.PLANNERS.items() if name not in read_only}
    assert {"upload", "publish", "delete", "edit", "assign_doi"} <= changing.keys()
    makers = {path for path in (PACKAGE / "flows").rglob("*.py") if "def plan_" in path.read_text("utf-8")}
    makers |= {Path(str(inspect.getfile(planner))) for planner in changing.values() if planner}
    makers |= {PACKAGE / "flows" / name for name in ("orders.py", "putting.py", "upload_files.py", "calling.py")}
    known = reached(Path(inspect.getfile(tools))) | reached(Path(inspect.getfile(reading)))
    assert PACKAGE / "flows" / "search.py" in known
    assert sorted(path.stem for path in known & makers) == ["deeds"]
    of_deeds = {
        alias.name
        for path in known
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module == "nomad_swagger.flows.deeds"
        for alias in node.names
    }
    assert of_deeds == {"need_login"}, "which refuses, and makes and sends no plan"


def test_the_tools_name_no_verb_that_is_not_a_reading_one() -> None:
    asked = set()
    for path in reached(Path(inspect.getfile(tools))):
        for node in ast.walk(parsed(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(node, ast.Call)
                and isinstance(called, ast.Attribute)
                and called.attr in ("ask", "prepare_verb")
            ):
                asked |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
    assert asked
    assert asked - {"list_uploads"} <= set(READING_VERBS), "one's uploads are listed by no tool"


@pytest.mark.parametrize("snapshot", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0"])
def test_whatever_a_tool_would_send_only_reading_operations_go_out(snapshot: str) -> None:
    client = reading_client("http://127.0.0.1:9/api", spec=snapshot, anonymous=True)
    guard, spec = client.nomad.transport.guard, client.nomad.spec
    assert guard is not None
    generation, passed = load_generation(spec.generation), set()
    for name, operation in spec.operations.items():
        try:
            guard(PreparedCall(operation.method, client.nomad.api_url, operation=name))
        except ns.UsageError:
            continue
        passed.add(name)
        assert not cannot_be_taken_back(generation, name, {})
        assert operation.method == "GET" or "query" in name
    assert {"info.get_info"} < passed < spec.operations.keys()


def test_a_deed_is_refused_before_its_first_step_and_its_request_too() -> None:
    client = reading_client("http://127.0.0.1:9/api", spec="nomad-0.8.6", token="t0ken")
    nomad = client.nomad
    assert nomad.consent is not None
    with pytest.raises(ns.UsageError, match="for reading alone; nothing was done"):
        nomad.consent(Plan("delete", "delete upload x", ()))
    with pytest.raises(ns.UsageError, match="does more than read"):
        nomad.send(nomad.prepare_verb("delete", {"upload_id": "an-upload"}))
    with pytest.raises(ns.UsageError, match="does more than read"):
        client.uploads.delete_upload(upload_id="an-upload").response()
