"""A request that is repeated until NOMAD is at rest, as a loop around what a style made of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence


def looped(piece: str, fields: Sequence[str], *, shell: bool) -> str:
    """Give a command or a script again and again, as long as one of these fields of its answer is true.

    Examples
    --------
    >>> print(looped("curl http://127.0.0.1/", ["process_running"], shell=True))
    while curl -s http://127.0.0.1/ | grep -qE '"(process_running)": *true'; do sleep 1; done
    """
    names = [field.rpartition(".")[2] for field in fields]
    if shell:
        piece = piece.replace("curl ", "curl -s ", 1) if piece.startswith("curl ") else piece
        return f"while {piece} | grep -qE '\"({'|'.join(names)})\": *true'; do sleep 1; done"
    *lines, last = piece.splitlines()
    shown = last.removeprefix("print(").removesuffix(")")
    body = textwrap.indent("\n".join(lines), "    ")
    pattern = "|".join(names)
    return (
        f"import re\nimport time\n\nwhile True:\n{body}\n"
        f"    if not re.search(r'\"({pattern})\": *true', {shown}):\n        break\n    time.sleep(1)"
    )
