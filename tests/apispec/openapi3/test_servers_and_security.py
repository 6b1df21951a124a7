"""Where the API is served, and the ways to log in."""

from __future__ import annotations

import pytest

OK = {"200": {"description": ""}}
HERE = "https://host:8000/prod/v1/api/v1/openapi.json"


@pytest.mark.parametrize(
    ("servers", "url", "expected"),
    [
        (None, HERE, ("host:8000", "/prod/v1/api/v1", ["https"])),
        ([{"url": "/oasis/api/v1"}], HERE, ("host:8000", "/oasis/api/v1", ["https"])),
        ([{"url": "../v2/"}], HERE, ("host:8000", "/prod/v1/api/v2", ["https"])),
        ([{"url": "http://other/x/"}], HERE, ("other", "/x", ["http"])),
        ([{"url": "https://a:b@other"}], None, ("other", "/", ["https"])),
        ([{"url": "/oasis"}], None, (None, "/oasis", None)),
        ([{"url": "/oasis"}], "/home/me/openapi.json", (None, "/oasis", None)),
        (None, None, (None, "/", None)),
        (
            [{"url": "{s}://x/{v}", "variables": {"s": {"default": "http"}, "v": {"enum": ["v9"]}}}],
            None,
            ("x", "/v9", ["http"]),
        ),
    ],
)
def test_where_the_api_is(bench, servers, url, expected):
    document = bench.document(**({"servers": servers} if servers else {}))
    made = bench.convert(document, url=url).document
    assert (made.get("host"), made["basePath"], made.get("schemes")) == expected


def test_several_servers_and_those_of_a_path_are_noted(bench, whys):
    paths = {"/a": {"servers": [{"url": "/b"}], "get": {"responses": OK}}}
    made = bench.convert(bench.document(servers=[{"url": "/1"}, {"url": "/2"}], paths=paths))
    assert made.document["basePath"] == "/1"
    assert "2 servers" in whys(made)
    assert "servers of a path" in whys(made)


def secured(bench, security, **schemes):
    operation, made = bench.operation({"security": security}, components={"securitySchemes": schemes})
    bench.client(made)
    return operation.get("security"), made.document.get("securityDefinitions", {}), made


def test_oauth2_password_gets_an_absolute_token_url(bench):
    flow = {"password": {"scopes": {}, "tokenUrl": "/oasis/auth/token"}}
    _, definitions, made = secured(bench, [{"o": []}], o={"type": "oauth2", "flows": flow})
    assert definitions == {
        "o": {"type": "oauth2", "flow": "password", "scopes": {}, "tokenUrl": "https://host/oasis/auth/token"}
    }
    assert made.losses == ()


def test_several_flows_become_several_ways_to_log_in(bench):
    flows = {
        "authorizationCode": {"authorizationUrl": "https://a/x", "tokenUrl": "https://a/y", "scopes": {"r": "read"}},
        "clientCredentials": {"tokenUrl": "token", "scopes": {"r": "read"}},
        "implicit": {"authorizationUrl": "https://a/x", "scopes": {}},
    }
    security, definitions, _ = secured(bench, [{"o": ["r"]}], o={"type": "oauth2", "flows": flows})
    assert {name: row["flow"] for name, row in definitions.items()} == {
        "o": "accessCode",
        "o-application": "application",
        "o-implicit": "implicit",
    }
    assert security == [{"o": ["r"]}, {"o-application": ["r"]}, {"o-implicit": ["r"]}]


def test_http_and_api_keys(bench, whys):
    security, definitions, made = secured(
        bench,
        [{"bearer": [], "key": []}, {"basic": []}, {"oidc": []}, {"cookie": []}, {}],
        bearer={"type": "http", "scheme": "Bearer", "bearerFormat": "JWT"},
        basic={"type": "http", "scheme": "basic"},
        key={"type": "apiKey", "in": "query", "name": "key"},
        oidc={"type": "openIdConnect", "openIdConnectUrl": "https://x"},
        cookie={"type": "apiKey", "in": "cookie", "name": "sid"},
        digest={"type": "http", "scheme": "digest"},
        tls={"type": "mutualTLS"},
    )
    assert definitions["bearer"] == {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-scheme": "bearer",
        "x-bearerFormat": "JWT",
    }
    assert definitions["basic"] == {"type": "basic"}
    assert (definitions["cookie"]["in"], definitions["cookie"]["name"]) == ("header", "Cookie")
    assert "tls" not in definitions
    assert security == [{"bearer": [], "key": []}, {"basic": []}, {"oidc": []}, {"cookie": []}, {}]
    assert whys(made).count("Swagger 2.0 does not know it") == 3
    assert "Cookie: sid=…" in whys(made)


def test_a_requirement_that_nothing_defines_is_noted_and_does_not_break_bravado(bench, whys):
    security, _, made = secured(bench, [{"ghost": []}])
    assert security == []
    assert "security ghost" in whys(made)


def test_the_login_header_is_not_also_a_parameter(bench, whys):
    header = {"name": "authorization", "in": "header", "schema": {"type": "string"}}
    _, made = bench.operation(
        {"security": [{"b": []}], "parameters": [{**header, "name": "Authorization"}]},
        components={"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}},
    )
    bench.client(made)
    assert "same name as the login" in whys(made)
