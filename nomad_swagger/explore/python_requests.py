"""Recipes in Python with requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nomad_swagger.explore.examples import literal
from nomad_swagger.explore.ingredients import FieldsBody, FileUpload, Ingredients, JsonBody, Multipart, Pairs
from nomad_swagger.explore.secret import Secret, Text

_WIDTH = 100
_DOWNLOAD = """\
    response.raise_for_status()
    with open({name}, "wb") as file:
        for chunk in response.iter_content(1 << 20):
            file.write(chunk)"""


def python_requests(made_of: Ingredients) -> str:
    """Give the call as a Python script; files are streamed both ways."""
    return "\n".join([*_imports(made_of), "", *_packing(made_of), *_sending(made_of)])


def _imports(made_of: Ingredients) -> Iterator[str]:
    if made_of.secrets:
        yield "import os"
    if _packs(made_of):
        yield "import shutil"
        yield "import tempfile"
    if made_of.secrets or _packs(made_of):
        yield ""
    yield "import requests"


def _packs(made_of: Ingredients) -> bool:
    return isinstance(made_of.body, FileUpload) and bool(made_of.body.packs)


def _packing(made_of: Ingredients) -> Iterator[str]:
    if isinstance(made_of.body, FileUpload) and bool(made_of.body.packs):
        yield packing(made_of.body)


def packing(body: FileUpload) -> str:
    """Give the line that packs what is sent."""
    folder, what = body.packed_from
    place = f"{literal(str(folder))}, {literal(what)}"
    return f'packed = shutil.make_archive(tempfile.mkdtemp() + "/upload", "zip", {place})'


def _sending(made_of: Ingredients) -> Iterator[str]:
    opened = list(_opened(made_of))
    if opened:
        files = ", ".join(f'open({path}, "rb") as {name}' for name, path in opened)
        yield f"with {files}:"
    margin = "    " if opened else ""
    call = [*_call(made_of, margin)]
    if made_of.save_as:
        yield f"{margin}with {call[0]}"
        yield from call[1:-1]
        yield f"{call[-1]} as response:"
        yield from (margin + line for line in _DOWNLOAD.format(name=literal(made_of.save_as)).splitlines())
        return
    yield f"{margin}response = {call[0]}"
    yield from call[1:]
    yield "if not response.ok:"
    yield "    raise SystemExit(response.text)"
    yield "print(response.text)"


def _opened(made_of: Ingredients) -> Iterator[tuple[str, str]]:
    if isinstance(made_of.body, FileUpload):
        yield "file", "packed" if made_of.body.packs else literal(str(made_of.body.path))
    if isinstance(made_of.body, Multipart):
        several = len(made_of.body.files) > 1
        for number, file in enumerate(made_of.body.files, 1):
            yield f"file{number if several else ''}", literal(str(file.path))


def _call(made_of: Ingredients, margin: str) -> Iterator[str]:
    inner = f"{margin}    "
    yield f"requests.{made_of.method.lower()}("
    yield f"{inner}{literal(made_of.url)},"
    if made_of.query:
        yield from _listed("params=", "[]", _pairs(made_of.query), inner)
    if made_of.headers:
        items = [f"{literal(name)}: {_text(value)}" for name, value in made_of.headers]
        yield from _listed("headers=", "{}", items, inner)
    yield from _body(made_of, inner)
    if made_of.save_as:
        yield f"{inner}stream=True,"
    if not made_of.reads:
        yield f"{inner}allow_redirects=False,"
    yield f"{inner}timeout=60,"
    yield f"{margin})"


def _body(made_of: Ingredients, margin: str) -> Iterator[str]:
    body = made_of.body
    if isinstance(body, JsonBody):
        yield f"{margin}json={literal(body.value)},"
    elif isinstance(body, FieldsBody):
        yield from _listed("data=", "[]", _pairs(body.fields), margin)
    elif isinstance(body, FileUpload):
        yield f"{margin}data=file,"
    elif isinstance(body, Multipart):
        if body.fields:
            yield from _listed("data=", "[]", _pairs(body.fields), margin)
        names = [name for name, _ in _opened(made_of)]
        parts = [
            f"({literal(file.field)}, ({literal(file.filename)}, {name}, {literal(file.content_type)}))"
            for name, file in zip(names, body.files, strict=True)
        ]
        yield from _listed("files=", "[]", parts, margin)


def _listed(head: str, brackets: str, items: Sequence[str], margin: str) -> Iterator[str]:
    """Give ``head[item, item],``, with an item per line where one line gets too long."""
    line = f"{margin}{head}{brackets[0]}{', '.join(items)}{brackets[1]},"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"{margin}{head}{brackets[0]}"
    yield from (f"{margin}    {item}," for item in items)
    yield f"{margin}{brackets[1]},"


def _pairs(pairs: Pairs) -> list[str]:
    return [f"({literal(name)}, {_text(value)})" for name, value in pairs]


def _text(value: Text) -> str:
    return environment(value) if isinstance(value, Secret) else literal(value)


def environment(secret: Secret) -> str:
    """Give a secret as Python source that takes it from the environment."""
    found = f"os.environ[{literal(secret.variable)}]"
    return f"{literal(secret.prefix)} + {found}" if secret.prefix else found
