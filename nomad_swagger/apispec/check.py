"""Whether a Swagger 2.0 document is valid, said in words.

Knows the validator and how to make its errors readable. It must not let the validator change the document or fetch
anything. The validator is imported late: with what it pulls in it costs more than everything else here.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

from nomad_swagger.apispec.read import document_kind
from nomad_swagger.apispec.references import refuse_external_references
from nomad_swagger.errors import SpecError
from nomad_swagger.late_imports import import_validator

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_SCHEMES = ("http", "https", "file", "ftp", "data", "")


def check_document(document: Mapping[str, object], *, where: str = "this document") -> None:
    """Refuse a document that is not valid Swagger 2.0.

    Parameters
    ----------
    document : mapping
        Is not changed. An OpenAPI 3 document must be converted first.
    where : str
        The URL, path or name, for messages.

    Raises
    ------
    SpecError
        It is not valid; the message says where in the document and why.
    """
    if document_kind(document, where=where) != "swagger-2.0":
        raise SpecError(f"{where}: only Swagger 2.0 can be checked; convert the document first")
    refuse_external_references(document, where)

    import_validator()
    from swagger_spec_validator.common import SwaggerValidationError, SwaggerValidationWarning
    from swagger_spec_validator.validator20 import validate_spec

    from nomad_swagger.apispec.swagger_form import check_what_no_schema_says, has_the_form_of_swagger

    with warnings.catch_warnings():
        # siblings of $ref are how NOMAD writes "may be null"; the other is the validator's own use of jsonschema
        warnings.simplefilter("ignore", SwaggerValidationWarning)
        warnings.filterwarnings("ignore", "jsonschema", DeprecationWarning)
        from jsonschema.exceptions import RefResolutionError

        try:
            if has_the_form_of_swagger(document):
                check_what_no_schema_says(document, dict.fromkeys(_SCHEMES, _refuse_to_fetch))
            else:
                validate_spec(copy.deepcopy(dict(document)), http_handlers=dict.fromkeys(_SCHEMES, _refuse_to_fetch))
        except RecursionError as error:
            raise SpecError(f"{where}: models that contain themselves without end, or nested too deep") from error
        except SwaggerValidationError as error:
            raise SpecError(f"{where}: not valid Swagger 2.0: {_in_words(error)}") from error
        except RefResolutionError as error:
            raise SpecError(f"{where}: not valid Swagger 2.0: a reference leads nowhere: {error}") from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # the validator takes the shape of some places for granted
            raise SpecError(f"{where}: not valid Swagger 2.0: the validator fails on it: {error!r}") from error


def _refuse_to_fetch(uri: str) -> NoReturn:
    raise ValueError(f"it would have to be fetched from {uri}")


def _in_words(error: Exception) -> str:
    cause = error.args[1] if len(error.args) > 1 else None
    from jsonschema.exceptions import ValidationError

    if not isinstance(cause, ValidationError):
        return _shortened(str(error.args[0] if error.args else error))
    closest = _closest(cause)
    return f"in {_place(closest.absolute_path)}: {_shortened(closest.message)}"


def _closest(error: ValidationError) -> ValidationError:
    # "under none of the given schemas" helps nobody: go to the branch that came furthest, and was not about $ref
    while error.context:
        branches = [branch for branch in error.context if "$ref" not in branch.message] or error.context
        error = max(branches, key=lambda branch: len(branch.absolute_path))
    return error


def _place(path: Iterable[object]) -> str:
    return " · ".join(f"[{step}]" if isinstance(step, int) else str(step) for step in path) or "the document itself"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:300]} …" if len(line) > 300 else line
