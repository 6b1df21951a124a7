"""Entries out of nothing, to try searches on many of them. They have no files and no archives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nomad_swagger.sandbox.accounts import Accounts
from nomad_swagger.sandbox.calcs import Calc, new_calc_id
from nomad_swagger.sandbox.index import build_document, write_documents
from nomad_swagger.sandbox.store import Store
from nomad_swagger.sandbox.uploads import Upload, create_upload, get_upload, new_upload_id, update_upload

_ELEMENTS = ("H", "C", "N", "O", "Si", "Ti", "Fe", "Cu", "Zn", "Ga", "As", "Ag", "Au")
_CODES = ("Quantum Espresso", "VASP", "FHI-aims", "NWChem")
_SYSTEMS = ("bulk", "2D", "molecule / cluster")


def _found(number: int) -> dict[str, Any]:
    pair = sorted({_ELEMENTS[number % len(_ELEMENTS)], _ELEMENTS[number // len(_ELEMENTS) % len(_ELEMENTS)]})
    return {
        "formula": "".join(pair),
        "atoms": pair,
        "only_atoms": "".join(pair),
        "n_atoms": len(pair),
        "dft": {
            "code_name": _CODES[number % len(_CODES)],
            "system": _SYSTEMS[number % len(_SYSTEMS)],
            "n_calculations": 1,
            "n_total_energies": 1,
            "n_geometries": 1,
        },
    }


def _calc(upload: Upload, number: int) -> Calc:
    mainfile = f"synthetic/{number:06d}/main.out"
    return Calc(
        calc_id=new_calc_id(upload.upload_id, mainfile),
        upload_id=upload.upload_id,
        mainfile=mainfile,
        parser="parsers/synthetic",
        current_task="archiving",
        tasks_status="SUCCESS",
        current_process="process_calc",
        process_running=False,
        errors=[],
        warnings=[],
        create_time=upload.create_time,
        complete_time=upload.create_time,
        found=_found(number),
        metadata={"files": [mainfile]},
    )


def add_entries(store: Store, accounts: Accounts, count: int, *, username: str = "leonard") -> str:
    """Put many published entries of one upload into the index, and give its upload_id.

    Parameters
    ----------
    count : int
    username : str
        Whose they are.
    """
    user = accounts.find(username)
    if user is None:
        raise ValueError(f"there is no user {username!r}")
    upload_id = new_upload_id()
    create_upload(store, upload_id, user_id=user.user_id, name="synthetic", upload_path="")
    done = {"published": True, "process_running": False, "tasks_status": "SUCCESS", "current_task": "cleanup"}
    update_upload(store, upload_id, {**done, "upload_path": None})
    upload = get_upload(store, upload_id)
    assert upload is not None

    pattern = build_document(store, accounts, upload, _calc(upload, 0))

    def documents() -> Iterator[dict[str, Any]]:
        for number in range(count):
            calc = _calc(upload, number)
            own = {"calc_id": calc.calc_id, "mainfile": calc.mainfile, **calc.metadata, **calc.found}
            yield pattern | own

    write_documents(store, documents())
    return upload_id
