"""Recipes for wget (1.15 and later)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_plus

from nomad_swagger.errors import UsageError
from nomad_swagger.explore.ingredients import FieldsBody, FileUpload, Ingredients, JsonBody, Multipart
from nomad_swagger.explore.secret import TOKEN_VARIABLE, Secret, Text
from nomad_swagger.explore.shell import command, file_word, quoted


def wget(made_of: Ingredients) -> str:
    """Give the call as a wget command.

    Raises
    ------
    UsageError
        wget cannot do it: a form with files, a folder, a password in a form.
    """
    return command(" ".join(["wget -nv", *_flags(made_of)]), *_words(made_of))


def _flags(made_of: Ingredients) -> Iterator[str]:
    yield f"-O {file_word(made_of.save_as)}" if made_of.save_as else "-O - --content-on-error"
    if made_of.method != "GET":
        yield f"--method={made_of.method}"
    if not made_of.reads:
        yield "--max-redirect=0"  # wget would go on with a GET, and look as if it had been done
    if not made_of.repeatable:
        yield "--tries=1"


def _words(made_of: Ingredients) -> Iterator[str]:
    for name, value in made_of.headers:
        yield f"--header={quoted(f'{name}: ', value)}"
    yield from _body(made_of)
    yield quoted(*made_of.full_url())


def _body(made_of: Ingredients) -> Iterator[str]:
    body = made_of.body
    if isinstance(body, JsonBody):
        yield f"--body-data={quoted(body.text)}"
    elif isinstance(body, FieldsBody):
        yield "--header='Content-Type: application/x-www-form-urlencoded'"
        yield f"--body-data={quoted(*_encoded(body))}"
    elif isinstance(body, Multipart):
        raise UsageError("wget cannot send a form with files; use --style curl, or the helper: recipe upload FILE")
    elif isinstance(body, FileUpload) and body.packs:
        raise UsageError(f"wget cannot pack a {body.packs}; zip {body.path} first, or use --style curl")
    elif isinstance(body, FileUpload):
        yield f"--body-file={file_word(body.path)}"


def _encoded(body: FieldsBody) -> list[Text]:
    parts: list[Text] = []
    for number, (name, value) in enumerate(body.fields):
        if isinstance(value, Secret) and value.variable != TOKEN_VARIABLE:
            # A token needs no encoding; a password may, and wget does not encode.
            raise UsageError(f"wget cannot encode ${value.variable} for a form; use --style curl")
        parts.append(f"{'&' if number else ''}{quote_plus(name)}=")
        parts.append(value if isinstance(value, Secret) else quote_plus(value))
    return parts
