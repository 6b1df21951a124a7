"""The archive as v1 nests it, from the one that the sandbox wrote when it read the mainfile. SI units in both.

Knows the sections of both generations. It must not know the store or HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nomad_sandbox.v1.answers import without_none
from nomad_sandbox.v1.view import metadata_of


def _system(section: Mapping[str, Any]) -> dict[str, Any]:
    atoms = {
        "labels": section["atom_labels"],
        "positions": section["atom_positions"],
        "periodic": section["configuration_periodic_dimensions"],
        "lattice_vectors": section.get("lattice_vectors"),
    }
    return {"atoms": without_none(atoms)}


def _calculation(section: Mapping[str, Any]) -> dict[str, Any]:
    index = section["single_configuration_calculation_to_system_ref"].rpartition("/")[2]
    shown: dict[str, Any] = {"system_ref": f"#/run/0/system/{index}"}
    if "energy_total" in section:
        shown["energy"] = {"total": {"value": section["energy_total"]}}
    if "atom_forces" in section:
        shown["forces"] = {"total": {"value": section["atom_forces"]}}
    return shown


def _method(section: Mapping[str, Any]) -> dict[str, Any]:
    method: dict[str, Any] = {}
    if "electronic_structure_method" in section:
        method["electronic"] = {"method": section["electronic_structure_method"]}
    if "basis_set" in section:
        method["electrons_representation"] = [{"type": section["basis_set"]}]
    return method


def _run(section: Mapping[str, Any]) -> dict[str, Any]:
    program = without_none({"name": section.get("program_name"), "version": section.get("program_version")})
    run = {
        "program": program,
        "method": [_method(part) for part in section.get("section_method", ())],
        "system": [_system(part) for part in section.get("section_system", ())],
        "calculation": [_calculation(part) for part in section.get("section_single_configuration_calculation", ())],
    }
    return {key: value for key, value in run.items() if value}


def build_archive(
    document: Mapping[str, Any], written: Mapping[str, Any] | None, logs: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Give v1's archive of an entry; keys without a value are absent.

    Parameters
    ----------
    document : dict
        The entry in the index.
    written : dict or None
        The archive as v0 nests it; None for an entry that could not be read.
    logs : sequence of dict, optional
        What its processing told.
    """
    metadata = metadata_of(document)
    if written is not None and "section_run" not in written:  # an archive file: it is what people wrote
        own = written.get("metadata")
        told = {**own, **metadata} if isinstance(own, Mapping) else metadata
        return without_none({**written, "processing_logs": logs, "metadata": told})
    results = metadata.pop("results")
    archive = {
        "processing_logs": logs,
        "run": written and [_run(section) for section in written["section_run"]],
        "metadata": metadata,
        "results": written and results,
    }
    return without_none(archive)
