"""Security schemes and requirements.

Knows how Swagger 2.0 and bravado name ways to log in; it must not know any secret, nor who sends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from urllib.parse import urljoin

from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import Schema, Work, listing, mapping

_FLOWS = {
    "authorizationCode": "accessCode",
    "password": "password",
    "clientCredentials": "application",
    "implicit": "implicit",
}
_AT = Place("/components/securitySchemes")

Known = Mapping[str, tuple[str, ...]]
"""Names of the converted schemes by original name; several where one scheme has several flows."""


def convert_schemes(work: Work, schemes: object, base: str) -> tuple[dict[str, Schema], Known]:
    """Give the securityDefinitions, and under which names each original scheme is found in them.

    Parameters
    ----------
    base : str
        Address that relative token URLs start from.
    """
    definitions: dict[str, Schema] = {}
    known: dict[str, tuple[str, ...]] = {}
    for name, node in mapping(schemes or {}, _AT).items():
        scheme = work.follow(node, _AT / name)
        if scheme is None:
            continue
        converted = _convert(work, scheme, _AT / name, base)
        names = [f"{name}-{row['flow']}" if index else str(name) for index, row in enumerate(converted)]
        definitions.update(zip(names, converted, strict=True))
        known[str(name)] = tuple(names)
    return definitions, known


def convert_requirements(
    work: Work, requirements: object, known: Known, place: Place
) -> list[dict[str, list[str]]] | None:
    """Give the security of an operation or of the document; None where nothing of it can be said."""
    out: list[dict[str, list[str]]] = []
    rows = listing(requirements, place)
    for index, row in enumerate(rows):
        wanted = mapping(row, place / index)
        missing = sorted(str(name) for name in wanted if not known.get(str(name)))
        if missing:
            why = "no such way to log in exists in the result; the caller has to see to it"
            work.lose(place / index, f"security {', '.join(missing)}", why)
        kept = {str(name): scopes for name, scopes in wanted.items() if known.get(str(name))}
        if missing and not kept:
            continue
        for names in product(*(known[name] for name in kept)):
            out.append({name: _texts(scopes) for name, scopes in zip(names, kept.values(), strict=True)})
    return None if rows and not out else out


def header_names(definitions: Mapping[str, Schema], security: list[dict[str, list[str]]]) -> frozenset[str]:
    """Give the names of the parameters that bravado adds to an operation for its security."""
    used = {name for row in security for name in row}
    return frozenset(str(row["name"]) for name, row in definitions.items() if name in used and row["type"] == "apiKey")


def _convert(work: Work, scheme: Mapping[str, object], place: Place, base: str) -> list[Schema]:
    kind, extra = scheme.get("type"), _described(scheme)
    way = str(scheme.get("scheme", "")).lower()
    if kind == "oauth2":
        return _flows(work, scheme, place, base)
    if kind == "apiKey":
        return [_api_key(work, scheme, place)]
    if kind == "http" and way == "basic":
        return [{"type": "basic", **extra}]
    if kind == "http":
        if way != "bearer":
            work.lose(place, f"http {way}", "Swagger 2.0 does not know it: give the whole Authorization header")
        return [{"type": "apiKey", "in": "header", "name": "Authorization", "x-scheme": way, **extra}]
    if kind == "openIdConnect":
        work.lose(place, "openIdConnect", "Swagger 2.0 does not know it: give the whole Authorization header")
        return [{"type": "apiKey", "in": "header", "name": "Authorization", "x-scheme": "openIdConnect", **extra}]
    work.lose(place, f"security scheme {kind}", "Swagger 2.0 does not know it; it is left out")
    return []


def _api_key(work: Work, scheme: Mapping[str, object], place: Place) -> Schema:
    out = {"type": "apiKey", "in": scheme.get("in"), "name": str(scheme.get("name", "")), **_described(scheme)}
    if out["in"] == "cookie":
        work.lose(place, "apiKey in a cookie", f"give the whole header, Cookie: {out['name']}=…")
        out |= {"in": "header", "name": "Cookie", "x-cookie": out["name"]}
    elif out["in"] not in ("header", "query"):
        work.lose(place / "in", f"apiKey in {out['in']!r}", "it is taken for a header")
        out["in"] = "header"
    return out


def _flows(work: Work, scheme: Mapping[str, object], place: Place, base: str) -> list[Schema]:
    flows = scheme.get("flows")
    flows = mapping(flows, place / "flows") if flows is not None else {}
    out = []
    for name, flow_name in _FLOWS.items():
        if not isinstance(flow := flows.get(name), dict):
            continue
        scopes = flow.get("scopes")
        row: Schema = {"type": "oauth2", "flow": flow_name, **_described(scheme)}
        row["scopes"] = {str(key): str(text) for key, text in scopes.items()} if isinstance(scopes, dict) else {}
        if flow_name in ("accessCode", "implicit"):
            row["authorizationUrl"] = urljoin(base, str(flow.get("authorizationUrl", "")))
        if flow_name != "implicit":
            row["tokenUrl"] = urljoin(base, str(flow.get("tokenUrl", "")))
        if "refreshUrl" in flow:
            row["x-refreshUrl"] = urljoin(base, str(flow["refreshUrl"]))
        out.append(row)
    for name in sorted(set(map(str, flows)) - _FLOWS.keys()):
        if not name.startswith("x-"):
            work.lose(place / "flows" / name, f"oauth2 flow {name}", "Swagger 2.0 does not know it; it is left out")
    return out


def _described(scheme: Mapping[str, object]) -> Schema:
    out: Schema = {"description": scheme["description"]} if isinstance(scheme.get("description"), str) else {}
    extra = {"bearerFormat": "x-bearerFormat", "openIdConnectUrl": "x-openIdConnectUrl"}
    out |= {ours: scheme[theirs] for theirs, ours in extra.items() if theirs in scheme}
    return out | {str(key): inert(value) for key, value in scheme.items() if str(key).startswith("x-")}


def _texts(scopes: object) -> list[str]:
    return list(dict.fromkeys(str(scope) for scope in scopes)) if isinstance(scopes, list) else []
