"""What a download of raw files asks for: which of the files, and which part of one.

Knows the parameters and their refusals. It must not know entries or uploads.

Source: NOMAD 1.4.3 ``nomad/app/v1/models/models.py`` (``Files``) and ``nomad/app/v1/utils.py``.
"""

from __future__ import annotations

import fnmatch
import mimetypes
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from nomad_sandbox.files import RawFile
from nomad_sandbox.streams import stream_file
from nomad_sandbox.v1.answers import Refusal, invalid, streamed
from nomad_sandbox.v1.call import Call

Chooser = Callable[[str], bool]
_ANY_TYPE = "application/octet-stream"


def files_of_url(call: Call) -> dict[str, Any]:
    """Give what a query string says of the files, in the form of the body of a query."""
    return {
        "compress": call.flag("compress"),
        "glob_pattern": call.text("glob_pattern"),
        "re_pattern": call.text("re_pattern"),
        "include_files": call.many("include_files"),
    }


def read_chooser(wanted: Mapping[str, Any]) -> Chooser:
    """Give what tells of a path within an upload whether the file is wanted.

    All three ways are searches in the path, so that a name also finds what ends in it. Names count before an
    expression, and that before a pattern.

    Raises
    ------
    Refusal
        422 for an expression that is none.
    """
    pattern, expression, names = wanted.get("glob_pattern"), wanted.get("re_pattern"), wanted.get("include_files")
    if names:
        expression = f"({'|'.join(re.escape(name) for name in names)})$"
    elif pattern and not expression:
        expression = fnmatch.translate(pattern)
    try:
        compiled = re.compile(expression or "")
    except re.error as error:
        raise invalid("value_error", ["files", "re_pattern"], f"could not parse: {error}", expression) from error
    return lambda path: compiled.search(path) is not None


def send_file(call: Call, file: RawFile) -> Response:
    """Answer with a file, or with a part of it; its own type goes with the whole of it only.

    Raises
    ------
    Refusal
        400 for a part that cannot be.
    """
    offset, length = call.integer("offset", 0), call.integer("length", -1)
    if offset < 0:
        raise Refusal(400, "Invalid offset provided.")
    if length != -1 and length <= 0:
        raise Refusal(400, "Invalid length provided: it is a number above 0, or -1 for all that is left.")
    parts = stream_file(
        file.where, offset=offset, length=length if length > 0 else None, decompress=call.flag("decompress")
    )
    whole = offset == 0 and length == -1 and not call.flag("ignore_mime_type")
    own_type = mimetypes.guess_type(file.path)[0] if whole else None
    return streamed(parts, mimetype=own_type or _ANY_TYPE, filename=file.path.rpartition("/")[2])
