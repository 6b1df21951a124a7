"""A notebook as Markdown: its cells, and what they printed and drew."""

from __future__ import annotations

import base64
import json
from typing import Any


def as_markdown(text: str, name: str) -> tuple[str, dict[str, bytes]]:
    """Give a notebook's text, and its pictures by name.

    Parameters
    ----------
    text : str
        The notebook, as JSON.
    name : str
        What names of pictures begin with.
    """
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else _fenced("python", source))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                picture = f"{name}-{len(pictures) + 1}.png"
                pictures[picture] = base64.b64decode(data["image/png"])
                parts.append(f"![What the cell above draws]({picture})")
            elif printed := _printed(output, data):
                parts.append(_fenced("text", printed))
    return "\n\n".join(parts) + "\n", pictures


def _printed(output: dict[str, Any], data: dict[str, Any]) -> str:
    return "".join(output.get("text", data.get("text/plain", ())))


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
