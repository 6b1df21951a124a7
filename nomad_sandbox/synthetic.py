"""Entries out of nothing, to try searches, archives and downloads on many of them; raw files only where asked for."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import Any

import orjson

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.calcs import Calc, insert_calcs, new_calc_id
from nomad_sandbox.index import build_document, write_documents
from nomad_sandbox.store import Store
from nomad_sandbox.units import ANGSTROM_M, EV_J
from nomad_sandbox.uploads import Upload, create_upload, get_upload, new_upload_id, update_upload

_ELEMENTS = ("H", "C", "N", "O", "Si", "Ti", "Fe", "Cu", "Zn", "Ga", "As", "Ag", "Au")
_CODES = ("Quantum Espresso", "VASP", "FHI-aims", "NWChem")
_SYSTEMS = ("bulk", "2D", "molecule / cluster")
_PERIODIC = ([True, True, True], [True, True, False], [False, False, False])
_BOND_M = 2.35 * ANGSTROM_M
_CELL_M = 5.43 * ANGSTROM_M
_FIRST_ENERGY_EV = -100.0
_STEP_EV = 0.25


def _pair(number: int) -> list[str]:
    return sorted({_ELEMENTS[number % len(_ELEMENTS)], _ELEMENTS[number // len(_ELEMENTS) % len(_ELEMENTS)]})


def _found(number: int) -> dict[str, Any]:
    pair = _pair(number)
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
            "optimade": {"nelements": len(pair)},
        },
    }


def _system(number: int) -> dict[str, Any]:
    pair, periodic = _pair(number), _PERIODIC[number % len(_PERIODIC)]
    section: dict[str, Any] = {
        "atom_labels": pair,
        "atom_positions": [[0.0, 0.0, i * _BOND_M] for i in range(len(pair))],
        "configuration_periodic_dimensions": periodic,
    }
    if any(periodic):
        section["lattice_vectors"] = [[_CELL_M if i == j else 0.0 for j in range(3)] for i in range(3)]
    return section


def energy_of(number: int) -> float:
    """Give the total energy (eV) of a synthetic entry: another one for each, so that no two can be mixed up."""
    return _FIRST_ENERGY_EV - _STEP_EV * number


def _run(number: int) -> dict[str, Any]:
    """Give the same sections that a calculation's reading gives, of one frame."""
    return {
        "program_name": _CODES[number % len(_CODES)],
        "program_version": "synthetic",
        "section_system": [_system(number)],
        "section_method": [{"electronic_structure_method": "DFT"}],
        "section_single_configuration_calculation": [
            {
                "single_configuration_calculation_to_system_ref": "/section_run/0/section_system/0",
                "energy_total": energy_of(number) * EV_J,
            }
        ],
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
        metadata={"files": [mainfile], "last_processing": upload.create_time},
    )


def _write_archives(store: Store, calcs: Collection[Calc], without_archive: Collection[int]) -> None:
    upload_id = next(iter(calcs)).upload_id
    store.archive_path(upload_id, "").parent.mkdir(parents=True)
    for number, calc in enumerate(calcs):
        if number not in without_archive:
            path = store.archive_path(upload_id, calc.calc_id)
            path.write_bytes(orjson.dumps({"section_run": [_run(number)]}))


def content_of(number: int, size_bytes: int) -> bytes:
    """Give the raw file of a synthetic entry: other bytes for each, the same each time."""
    return random.Random(number).randbytes(size_bytes)  # noqa: S311 - no secret


def _write_files(store: Store, calcs: Collection[Calc], size_bytes: int) -> None:
    for number, calc in enumerate(calcs):
        path = store.raw_folder(calc.upload_id) / calc.mainfile
        path.parent.mkdir(parents=True)
        path.write_bytes(content_of(number, size_bytes))


def add_entries(
    store: Store,
    accounts: Accounts,
    count: int,
    *,
    username: str = "leonard",
    without_archive: Collection[int] = (),
    file_bytes: int = 0,
) -> str:
    """Put many published entries of one upload into the index, and give its upload_id.

    Parameters
    ----------
    count : int
    username : str
        Whose they are.
    without_archive : collection of int
        Which of them (0 is the first) have no archive, as happens in NOMAD when files get lost.
    file_bytes : int
        How big the mainfile of each is; none has a raw file without it.
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

    calcs = [_calc(upload, number) for number in range(count)]
    pattern = build_document(store, accounts, upload, calcs[0])

    def documents() -> Iterator[dict[str, Any]]:
        for calc in calcs:
            own = {"calc_id": calc.calc_id, "mainfile": calc.mainfile, **calc.metadata, **calc.found}
            yield pattern | own

    _write_archives(store, calcs, frozenset(without_archive))
    if file_bytes:
        _write_files(store, calcs, file_bytes)
    with store.change():
        insert_calcs(store, calcs)
        write_documents(store, documents())
    return upload_id
