"""A small real NOMAD on localhost: stores real files, reads real calculations, serves pinned API descriptions."""

from nomad_sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
