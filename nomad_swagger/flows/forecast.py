"""What NOMAD will probably make of a manifest: which files it recognises, and which of its limits would be broken.

A forecast for a person before anything is sent; NOMAD itself decides, and nothing is refused by it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import TransportError
from nomad_swagger.flows.deeds import log
from nomad_swagger.flows.uploads import list_uploads
from nomad_swagger.generations.mainfiles import HEAD_BYTES, PACKED_ENDINGS, Mainfile, mainfiles
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.manifest import Manifest, ManifestFile

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_OPENERS: Mapping[str, Callable[[str], Any]] = {"": io.FileIO, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@dataclass(frozen=True)
class Forecast:
    """What is to be expected of an upload.

    Attributes
    ----------
    mainfiles : tuple of (str, str)
        Path and code of each file that NOMAD will probably recognise.
    limits : tuple of str
        What would be over a limit, in words.
    looked : bool
        The content was looked at, which in an archive it is not: there names alone tell.
    """

    mainfiles: tuple[tuple[str, str], ...]
    limits: tuple[str, ...] = ()
    looked: bool = True


def forecast(client: NomadClient, manifest: Manifest, *, uploads: int = 1) -> Forecast:
    """Give what is to be expected when a manifest is sent.

    Parameters
    ----------
    client : NomadClient
    manifest : Manifest
    uploads : int
        How many are to be made at once.
    """
    generation = client.nomad.generation
    return Forecast(
        tuple(recognised(manifest, generation.name)),
        tuple(_broken_limits(client, manifest, uploads)),
        looked=manifest.archive is None,
    )


def recognised(manifest: Manifest, generation: str) -> list[tuple[str, str]]:
    """Give path and code of each file of a manifest that a generation of NOMAD will probably recognise."""
    known = mainfiles(generation)
    found: list[tuple[str, Mainfile]] = []
    for path, file in zip(manifest.paths(), manifest.files, strict=True):
        name, packed = _unpacked_name(path.rpartition("/")[2])
        head = _head(file, packed) if file.source and manifest.archive is None else b""
        kind = next((one for one in known if one.fits(name, head)), None)
        if kind is not None:
            found.append((path, kind))
    certain = {path.rpartition("/")[0] for path, kind in found if not kind.alternative}
    return [(path, kind.code) for path, kind in found if not kind.alternative or path.rpartition("/")[0] not in certain]


def _unpacked_name(name: str) -> tuple[str, str]:
    ending = next((ending for ending in PACKED_ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)], ending


def _head(file: ManifestFile, packed: str) -> bytes:
    """Give a file's first bytes; none of one that cannot be read, which the sending will name."""
    try:
        with _OPENERS[packed](file.source) as opened:
            return bytes(opened.read(HEAD_BYTES))
    except (OSError, EOFError, lzma.LZMAError):
        return b""


def _unpublished(client: NomadClient) -> int:
    """Give how many uploads of the caller are unpublished; none where nobody can be asked."""
    if client.nomad.transport.authenticator is None:
        return 0
    try:
        return sum(1 for _ in list_uploads(client))
    except TransportError as error:
        log.warning("how many of your uploads are unpublished is not known: %s", error)
        return 0


def _broken_limits(client: NomadClient, manifest: Manifest, uploads: int) -> list[str]:
    limits, broken = client.nomad.generation.limits, []
    size = manifest.archive.size_bytes if manifest.archive else manifest.size_bytes
    if size > limits["upload_bytes"]:
        broken.append(
            f"{size:,} bytes; NOMAD takes {limits['upload_bytes']:,} in an upload, unless it is told otherwise"
        )
    there = _unpublished(client)
    if there + uploads > limits["unpublished_uploads"]:
        broken.append(
            f"{there} of your uploads are unpublished; NOMAD lets you have {limits['unpublished_uploads']} at a time, "
            "unless its operators say otherwise: publish or delete some first"
        )
    return broken
