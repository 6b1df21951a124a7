"""The whole document: OpenAPI 3.0 or 3.1 in, Swagger 2.0 and a list of losses out.

Judges by content, not by the version string. Knows the top level of both formats; it must not know the network, NOMAD,
or any library.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger.apispec.openapi3.finish import finish_definitions
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.keywords import external_docs
from nomad_swagger.apispec.openapi3.losses import Loss, Place
from nomad_swagger.apispec.openapi3.operations import Security, convert_paths
from nomad_swagger.apispec.openapi3.security import convert_requirements, convert_schemes
from nomad_swagger.apispec.openapi3.servers import base_url, convert_servers
from nomad_swagger.apispec.openapi3.work import Schema, Work, mapping
from nomad_swagger.errors import SpecNotConvertible
from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Conversion:
    """What became of a document.

    Attributes
    ----------
    document : dict
        Swagger 2.0, valid, and shared with nobody: a caller may change it.
    losses : tuple of Loss
        Everything of the original that the document does not say, or says less strictly.
    """

    document: dict[str, object]
    losses: tuple[Loss, ...]


def convert(document: Mapping[str, object], *, url: str | None = None) -> Conversion:
    """Turn an OpenAPI 3 document into Swagger 2.0 that bravado can be built on.

    Parameters
    ----------
    document : mapping
        Of dicts and lists, as JSON and YAML are read. Not changed.
    url : str, optional
        Where it came from; relative server and token URLs start there.

    Raises
    ------
    SpecNotConvertible
        It is no OpenAPI 3 document, or is damaged where nothing sensible is left to say.

    Examples
    --------
    >>> answers = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}
    >>> paths = {"/info": {"get": {"operationId": "get_info_info_get", "responses": answers}}}
    >>> made = convert({"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths})
    >>> made.document["paths"]["/info"]["get"]["operationId"]
    'get_info'
    """
    _check(document)
    work = Work(dict(document))
    try:
        out = _convert(work, url)
    except RecursionError:
        raise SpecNotConvertible("the OpenAPI document is nested too deep to be read") from None
    return Conversion(document=out, losses=tuple(dict.fromkeys(work.losses)))


def _check(document: object) -> None:
    if not isinstance(document, Mapping):
        raise SpecNotConvertible(f"an OpenAPI document is an object, but this is {type(document).__name__}")
    if "swagger" in document:
        raise SpecNotConvertible(f"the document is Swagger {document['swagger']} already; use it as it is")
    if not isinstance(document.get("paths", document.get("webhooks")), Mapping):
        raise SpecNotConvertible(
            f"the document describes no paths, so there is nothing to call (it has {_some(document)}). "
            "Is it really an OpenAPI description? NOMAD serves one at <api>/openapi.json"
        )


def _convert(work: Work, url: str | None) -> Schema:
    document = work.document
    components = mapping(document.get("components") or {}, Place("/components"))
    out: Schema = {"swagger": "2.0", "info": _info(document.get("info")), **convert_servers(work, url)}
    for name, schema in mapping(components.get("schemas") or {}, Place("/components/schemas")).items():
        pointer = (Place("/components/schemas") / name).pointer
        if work.define(pointer, schema) != name:
            work.lose(Place(pointer), f"the name {name!r}", "only letters, digits, dot, dash and underscore are kept")
    definitions, known = convert_schemes(work, components.get("securitySchemes"), base_url(out, url))
    security = convert_requirements(work, document.get("security"), known, Place("/security"))
    out["paths"] = convert_paths(work, document.get("paths") or {}, Security(definitions, known, security))
    finish_definitions(work)
    if work.definitions:
        out["definitions"] = work.definitions
    if definitions:
        out["securityDefinitions"] = definitions
    if security:
        out["security"] = security
    return out | _extras(work)


def _info(node: object) -> Schema:
    info = node if isinstance(node, dict) else {}
    out: Schema = {"title": str(info.get("title", "")), "version": str(info.get("version", ""))}
    out |= {key: info[key] for key in ("description", "termsOfService") if isinstance(info.get(key), str)}
    if isinstance(contact := info.get("contact"), dict):
        out["contact"] = {key: contact[key] for key in ("name", "url", "email") if isinstance(contact.get(key), str)}
    if isinstance(licence := info.get("license"), dict) and isinstance(licence.get("name"), str):
        extra = {"x-identifier": licence["identifier"]} if "identifier" in licence else {}
        out["license"] = {
            **{key: licence[key] for key in ("name", "url") if isinstance(licence.get(key), str)},
            **extra,
        }
    if isinstance(info.get("summary"), str):
        out["x-summary"] = info["summary"]
    return out | {str(key): inert(value) for key, value in info.items() if str(key).startswith("x-")}


def _extras(work: Work) -> Schema:
    document = work.document
    out: Schema = {str(key): inert(value) for key, value in document.items() if str(key).startswith("x-")}
    if isinstance(docs := document.get("externalDocs"), dict) and isinstance(docs.get("url"), str):
        out["externalDocs"] = external_docs(docs)
    for key in ("openapi", "tags", "jsonSchemaDialect", "webhooks"):
        if key in document:
            out[f"x-{key}"] = inert(document[key])
    if document.get("webhooks"):
        work.lose(Place("/webhooks"), "webhooks", "Swagger 2.0 has none; they are there to read")
    return out


def _some(document: Mapping[str, object]) -> str:
    return ", ".join(sorted(map(str, document))[:5]) or "nothing"
