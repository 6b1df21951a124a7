"""The zip of a published upload: written once, on disk, and sent as it lies there.

Knows folders and zip. It must not know HTTP or who may have it.

Source: NOMAD 1.4.3 and 2.0.0, ``PublicUploadFiles`` of ``nomad/files.py``: members are stored, not deflated, without
the upload's id before their names; what may never be shared is left out.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path

from nomad_sandbox.files import all_files, is_potcar
from nomad_sandbox.store import Store

_NAME = "raw.zip"


def packed_path(store: Store, upload_id: str) -> Path:
    """Give the place of an upload's zip, whether or not it is there."""
    return store.upload_folder(upload_id) / _NAME


def pack(store: Store, upload_id: str) -> Path:
    """Write the zip of an upload's files, all of it or, after an error, nothing."""
    target = packed_path(store, upload_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".raw-")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", strict_timestamps=False) as archive:
            for raw in all_files(store.raw_folder(upload_id)):
                if not is_potcar(raw.path):
                    archive.write(raw.where, raw.path)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def packed(store: Store, upload_id: str) -> Path:
    """Give the zip of a published upload; one of an older sandbox's data is written now."""
    path = packed_path(store, upload_id)
    return path if path.is_file() else pack(store, upload_id)


def forget_packed(store: Store, upload_id: str) -> None:
    """Forget the zip of an upload whose files changed: the next call for it writes another one."""
    packed_path(store, upload_id).unlink(missing_ok=True)
