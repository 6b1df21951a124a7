"""Recipes for curl (7.55 and later)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from nomad_swagger.explore.ingredients import FieldsBody, FileUpload, Ingredients, JsonBody, Multipart
from nomad_swagger.explore.secret import Secret
from nomad_swagger.explore.shell import command, file_word, quoted


def curl(made_of: Ingredients) -> str:
    """Give the call as a curl command.

    A file as the body is streamed (``-T``) with its length. Where the path ends with ``/`` curl would append the file's
    name to it, even before a query; ``--request-target`` says what is really asked for.
    """
    if isinstance(made_of.body, FileUpload) and made_of.body.packs:
        folder, what = made_of.body.packed_from
        packing = f"(cd {file_word(folder)} && zip -qr0 - {file_word(what)}) | curl"
        return command(" ".join([packing, *_flags(made_of)]), *_words(made_of))
    return command(" ".join(["curl", *_flags(made_of)]), *_words(made_of))


def _flags(made_of: Ingredients) -> Iterator[str]:
    if made_of.reads:
        yield "-L"
    if method := _method(made_of):
        yield method
    if made_of.save_as:
        yield f"--fail -o {file_word(made_of.save_as)}"
    if _globs(made_of):
        yield "--globoff"


def _words(made_of: Ingredients) -> Iterator[str]:
    for name, value in made_of.headers:
        # "Name:" would remove the header; "Name;" sends it empty.
        yield f"-H {quoted(f'{name};')}" if value == "" else f"-H {quoted(f'{name}: ', value)}"
    yield from _body(made_of)
    if made_of.reads and made_of.query and made_of.body is None:
        for name, value in made_of.query:
            yield f"--data-urlencode {quoted(f'{quote(name)}=', value)}"
        yield f"-G {quoted(made_of.url)}"
    else:
        yield quoted(*made_of.full_url())


def _method(made_of: Ingredients) -> str:
    implied = {
        JsonBody: "POST",
        FieldsBody: "POST",
        Multipart: "POST",
        FileUpload: "PUT",
        type(None): "GET",
    }[type(made_of.body)]
    return "" if made_of.method == implied else f"-X {made_of.method}"


def _body(made_of: Ingredients) -> Iterator[str]:
    body = made_of.body
    if isinstance(body, JsonBody):
        yield f"--data-raw {quoted(body.text)}"
    elif isinstance(body, FieldsBody):
        for name, value in body.fields:
            yield f"--data-urlencode {quoted(f'{quote(name)}=', value)}"
    elif isinstance(body, Multipart):
        for name, value in body.fields:
            yield f"--form-string {quoted(f'{name}=', value)}"
        for file in body.files:
            part = f"@{_in_form(str(file.path))};filename={_in_form(file.filename)};type={file.content_type}"
            yield f"-F {quoted(f'{file.field}={part}')}"
    elif isinstance(body, FileUpload) and body.packs:
        yield "-T -"
    elif isinstance(body, FileUpload):
        yield f"-T {file_word(body.path)}"
        if made_of.url.endswith("/"):
            yield f"--request-target {quoted(*_target(made_of))}"


def _target(made_of: Ingredients) -> list[str | Secret]:
    first, *rest = made_of.full_url()
    return [urlsplit(str(first)).path, *rest]


def _in_form(text: str) -> str:
    """Give a file name as ``-F`` reads it: in double quotes, since ``;`` and ``,`` mean something there."""
    escaped = re.sub(r'([\\"])', r"\\\1", text)
    return f'"{escaped}"'


def _globs(made_of: Ingredients) -> bool:
    """Tell whether curl would take brackets in the URL, or in the name of an uploaded file, for a pattern."""
    uploaded = str(made_of.body.path) if isinstance(made_of.body, FileUpload) else ""
    return bool(re.search(r"[\[\]{}]", made_of.url + uploaded))
