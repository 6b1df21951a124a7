"""A small real NOMAD on localhost: stores real files, reads real calculations, serves pinned API descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nomad_sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> object:
    """Import the server when it is asked for: its libraries take a second, and a command's help needs none."""
    if name == "Sandbox":
        from nomad_sandbox.sandbox import Sandbox

        return Sandbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
