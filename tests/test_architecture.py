"""The house: floors, heavy libraries in their rooms, and files that one can read in one go."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nomad_swagger"
SANDBOX = PACKAGE.parent / "nomad_sandbox"

FLOORS = {
    "nearest": -3,
    "errors": -2,
    "disk": -2,
    "jsontypes": -2,
    "version": -2,
    "late_imports": -2,
    "light": -2,
    "compiled": -1,
    "config_file": -1,
    "instances": -1,
    "advice": 0,
    "extras": 0,
    "words": 0,
    "settings": 0,
    "dotted": 0,
    "jsontext": 0,
    "display": 0,
    "screen": 0,
    "transport": 1,
    "generations": 1,
    "apispec": 2,
    "transfers": 2,
    "science": 2,
    "auth": 3,
    "calls": 4,
    "client": 5,
    "flows": 6,
    "explore": 7,
    "mirrors": 7,
    "dashboard": 7,
    "doors": 8,
    "testing": 8,
    "cli": 9,
    "__main__": 10,
    "__init__": 10,
}

# Who may import what is slow to import or big to install.
HEAVY = {
    "bravado": {"client", "calls/factory.py", "transport/bravado_http.py"},
    "bravado_core": {"client", "calls/factory.py", "transport/bravado_http.py"},
    "keycloak": {"auth"},
    "jsonschema": {"calls/factory.py", "apispec/check.py", "apispec/swagger_form.py", "transport/bravado_http.py"},
    "swagger_spec_validator": {"apispec/check.py", "apispec/swagger_form.py"},
    "werkzeug": {"dashboard"},
    "cheroot": {"dashboard"},
    "ase": {"science/atoms.py", "science/symbols.py", "science/training.py"},
    "spglib": set(),
    "flask": set(),
    "numpy": {"science"},
    "pandas": {"science/frames.py"},
    "pyarrow": {"science/frames.py", "science/training.py"},
    "matplotlib": {"science/plots.py"},
    "orjson": {"transport/decode.py"},
    "ijson": {"science/stream.py"},
    "isal": {"transfers/checksums.py"},
    "jmespath": {"cli"},
    "IPython": {"cli/commands/shell.py"},
    "rich": {"cli", "screen/cut.py"},
    "distributed": {"mirrors/executors.py"},
    "pint": {"science/units.py"},
    "fsspec": {"doors"},
    "mcp": {"doors"},
    "pydantic": {"doors"},
}

SANDBOX_USERS = {"cli/commands/demo.py", "cli/commands/sandbox.py"}
LONGEST_FILE = 300
MOST_ANY_PER_1000_LINES = 18.6


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Give every imported module of a file, late imports too, with its line; names for type checkers do not count."""
    tree = parsed(path)
    for_types = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for inner in branch.body
        for node in ast.walk(inner)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            if node.module == "nomad_swagger":
                yield from ((f"nomad_swagger.{alias.name}", node.lineno) for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below_its_own_room(path: Path) -> None:
    room = room_of(path)
    wrong = []
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] != "nomad_swagger" or len(parts) == 1:
            continue
        other = parts[1]
        assert other in FLOORS, f"{name} is in no room"
        if other != room and FLOORS[other] >= FLOORS[room]:
            wrong.append(f"line {line}: {room} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]})")
    assert not wrong


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_heavy_library_is_imported_only_in_its_room(path: Path) -> None:
    here = path.relative_to(PACKAGE).as_posix()
    for name, line in imports(path):
        allowed = HEAVY.get(name.split(".")[0])
        assert allowed is None or any(here == place or here.startswith(f"{place}/") for place in allowed), (
            f"line {line} imports {name}"
        )


@pytest.mark.parametrize("path", sorted(SANDBOX.rglob("*.py")), ids=lambda path: str(path.relative_to(SANDBOX)))
def test_the_sandbox_imports_nothing_of_the_client(path: Path) -> None:
    assert not [f"line {line} imports {name}" for name, line in imports(path) if name.split(".")[0] == "nomad_swagger"]


def test_only_two_commands_import_the_sandbox() -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for name, _ in imports(path)
        if name.split(".")[0] == "nomad_sandbox"
    }
    assert users == SANDBOX_USERS


def test_importing_the_sandbox_loads_nothing_of_the_client_and_no_reader_of_files() -> None:
    """Reading is for a process of its own: the server begins to serve in half the time without."""
    code = (
        "import sys, nomad_sandbox.sandbox; unwanted = {'nomad_swagger', 'ase', 'numpy', 'scipy', 'spglib'}; "
        "print([m for m in sys.modules if m.split('.')[0] in unwanted])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "path", [*modules(), *sorted(SANDBOX.rglob("*.py"))], ids=lambda path: str(path.relative_to(PACKAGE.parent))
)
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


def test_the_word_any_does_not_come_back_as_a_type() -> None:
    """Count the word ``Any`` in every line of the package but its imports, texts and aliases too; lower the bound."""
    lines = [line for path in modules() for line in path.read_text("utf-8").splitlines()]
    said = sum(len(re.findall(r"\bAny\b", line)) for line in lines if not re.match(r"\s*from typing import ", line))
    assert 1000 * said / len(lines) <= MOST_ANY_PER_1000_LINES


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path in modules() if not ast.get_docstring(parsed(path))]
    assert not silent


def test_only_the_command_line_prints() -> None:
    for path in modules():
        if room_of(path) != "cli":
            called = {
                node.func.id
                for node in ast.walk(parsed(path))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert "print" not in called, f"{path} prints"


def test_importing_the_package_is_silent_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, nomad_swagger; nomad_swagger.connect; "
        "print([m for m in ('bravado', 'keycloak', 'ase', 'flask', 'rich', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


@cache
def in_functions(path: Path) -> dict[str, set[str]]:
    """Give function → the names that it calls."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef):
            calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
            found[node.name] = {ast.unparse(func).rpartition(".")[2] for func in calls}
    return found


@cache
def loops(path: Path) -> list[str]:
    """Give the source of each loop of a module, comprehensions not among them."""
    return [ast.unparse(node) for node in ast.walk(parsed(path)) if isinstance(node, (ast.While, ast.For))]


def where(found: Callable[[Path], bool]) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in modules() if found(path)}


def test_only_the_room_calls_makes_the_call_of_an_operation() -> None:
    makers = where(lambda path: any("construct_request" in calls for calls in in_functions(path).values()))
    assert makers == {"calls/factory.py"}
    # Besides there are calls of no operation: a document, a login, what a browser sent through the dashboard.
    plain = where(lambda path: any("PreparedCall" in calls for calls in in_functions(path).values()))
    assert plain - {"calls/factory.py"} <= {"transport/fetch.py", "auth/wire.py", "dashboard/proxy.py"}


def test_only_the_room_of_pages_has_a_page_loop() -> None:
    turning = (".walk", "walk.cursor", "next_page", "page_after", "scroll_id")
    pagers = where(lambda path: any(any(word in loop for word in turning) for loop in loops(path)))
    assert {path for path in pagers if path.startswith(("flows/", "client/", "calls/"))} <= {"flows/paging.py"}


def test_there_is_one_loop_of_retries() -> None:
    retrying = where(lambda path: any(".pause_s(" in loop or "policy.sleep" in loop for loop in loops(path)))
    assert retrying == {"transport/send.py"}


def test_the_public_names_are_sorted_and_all_there() -> None:
    import nomad_swagger

    assert nomad_swagger.__all__ == sorted(nomad_swagger.__all__)
    for name in nomad_swagger.__all__:
        assert getattr(nomad_swagger, name).__doc__, f"{name} has no docstring"
