"""The whole API of a NOMAD server as Python functions, read from the server's own description.

>>> import nomad_swagger as ns
>>> client = ns.connect("sandbox")                                  # doctest: +SKIP
>>> ns.search(client, elements=["Si", "O"]).total                   # doctest: +SKIP
0

``client.<tag>.<operation>(…).response().result`` is every operation, as with bravado; the functions here wrap the way
from an upload to published data. Importing this package costs next to nothing: what is heavy is imported when used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nomad_swagger.apispec.load import load_spec
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.auth import BearerAuthenticator, KeycloakAuthenticator
    from nomad_swagger.client.connect import connect
    from nomad_swagger.errors import (
        ApiError,
        AuthError,
        ChecksumMismatch,
        Conflict,
        ConnectionLost,
        Forbidden,
        IncompleteTransfer,
        InvalidRequest,
        LoginRefused,
        NoCredentials,
        NomadError,
        NomadWarning,
        NotFound,
        ProcessingError,
        ProcessingFailed,
        RateLimited,
        RequestTimeout,
        ServerError,
        SpecError,
        SpecNotConvertible,
        SpecNotFound,
        SpecTampered,
        TransferError,
        TransportError,
        Unauthorized,
        UnknownArgument,
        UnknownOperation,
        UsageError,
        WaitTimeout,
    )
    from nomad_swagger.explore.operations import describe, operations
    from nomad_swagger.explore.recipes import recipe
    from nomad_swagger.flows.archives.one import archive, archive_value
    from nomad_swagger.flows.archives.query import Archives, archives
    from nomad_swagger.flows.download import download
    from nomad_swagger.flows.listing import Files, files
    from nomad_swagger.flows.metadata.datasets import (
        add_to_dataset,
        create_dataset,
        delete_dataset,
        get_dataset,
        list_datasets,
        remove_from_dataset,
    )
    from nomad_swagger.flows.metadata.doi import assign_doi
    from nomad_swagger.flows.metadata.editing import Edited, edit
    from nomad_swagger.flows.publishing import delete, publish
    from nomad_swagger.flows.records import Dataset, Entry, File, Upload
    from nomad_swagger.flows.search import Results, search
    from nomad_swagger.flows.statistics import Statistics, statistics
    from nomad_swagger.flows.uploads import get_upload, list_uploads, upload
    from nomad_swagger.flows.waiting import wait
    from nomad_swagger.science.atoms import to_ase
    from nomad_swagger.science.values import Archive

_ERRORS = (
    "ApiError AuthError ChecksumMismatch Conflict ConnectionLost Forbidden IncompleteTransfer InvalidRequest "
    "LoginRefused NoCredentials NomadError NomadWarning NotFound ProcessingError ProcessingFailed RateLimited "
    "RequestTimeout ServerError SpecError SpecNotConvertible SpecNotFound SpecTampered TransferError TransportError "
    "Unauthorized UnknownArgument UnknownOperation UsageError WaitTimeout"
)

# Where each public name lives; the names above are for type checkers, these for run time.
_HOMES = {
    **dict.fromkeys(_ERRORS.split(), "errors"),
    "Archive": "science.values",
    "Archives": "flows.archives.query",
    "BearerAuthenticator": "auth",
    "Dataset": "flows.records",
    "Edited": "flows.metadata.editing",
    "Entry": "flows.records",
    "File": "flows.records",
    "Files": "flows.listing",
    "KeycloakAuthenticator": "auth",
    "Results": "flows.search",
    "Spec": "apispec.model",
    "Statistics": "flows.statistics",
    "Upload": "flows.records",
    "add_to_dataset": "flows.metadata.datasets",
    "archive": "flows.archives.one",
    "archive_value": "flows.archives.one",
    "archives": "flows.archives.query",
    "assign_doi": "flows.metadata.doi",
    "connect": "client.connect",
    "create_dataset": "flows.metadata.datasets",
    "delete": "flows.publishing",
    "delete_dataset": "flows.metadata.datasets",
    "describe": "explore.operations",
    "download": "flows.download",
    "edit": "flows.metadata.editing",
    "files": "flows.listing",
    "get_dataset": "flows.metadata.datasets",
    "get_upload": "flows.uploads",
    "list_datasets": "flows.metadata.datasets",
    "list_uploads": "flows.uploads",
    "load_spec": "apispec.load",
    "operations": "explore.operations",
    "publish": "flows.publishing",
    "recipe": "explore.recipes",
    "remove_from_dataset": "flows.metadata.datasets",
    "search": "flows.search",
    "statistics": "flows.statistics",
    "to_ase": "science.atoms",
    "upload": "flows.uploads",
    "wait": "flows.waiting",
}

__all__ = [
    "ApiError",
    "Archive",
    "Archives",
    "AuthError",
    "BearerAuthenticator",
    "ChecksumMismatch",
    "Conflict",
    "ConnectionLost",
    "Dataset",
    "Edited",
    "Entry",
    "File",
    "Files",
    "Forbidden",
    "IncompleteTransfer",
    "InvalidRequest",
    "KeycloakAuthenticator",
    "LoginRefused",
    "NoCredentials",
    "NomadError",
    "NomadWarning",
    "NotFound",
    "ProcessingError",
    "ProcessingFailed",
    "RateLimited",
    "RequestTimeout",
    "Results",
    "ServerError",
    "Spec",
    "SpecError",
    "SpecNotConvertible",
    "SpecNotFound",
    "SpecTampered",
    "Statistics",
    "TransferError",
    "TransportError",
    "Unauthorized",
    "UnknownArgument",
    "UnknownOperation",
    "Upload",
    "UsageError",
    "WaitTimeout",
    "add_to_dataset",
    "archive",
    "archive_value",
    "archives",
    "assign_doi",
    "connect",
    "create_dataset",
    "delete",
    "delete_dataset",
    "describe",
    "download",
    "edit",
    "files",
    "get_dataset",
    "get_upload",
    "list_datasets",
    "list_uploads",
    "load_spec",
    "operations",
    "publish",
    "recipe",
    "remove_from_dataset",
    "search",
    "statistics",
    "to_ase",
    "upload",
    "wait",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"nomad_swagger.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'nomad_swagger' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
