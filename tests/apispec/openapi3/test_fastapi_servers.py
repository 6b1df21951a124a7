"""Small FastAPI servers, called through bravado on the converted document and through requests: same answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, Literal

import bravado.exception
import pytest
import requests
import uvicorn
from fastapi import (
    Body,
    Cookie,
    FastAPI,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Response,
    Security,
    UploadFile,
)
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel, Field


class Owner(str, Enum):
    public = "public"
    mine = "mine"


class Atom(BaseModel):
    element: str
    charge: float | None = None
    tags: list[str] = []


class Cell(BaseModel):
    kind: Literal["cell"] = "cell"
    atoms: list[Atom] = []
    parent: Cell | None = None
    extra: dict[str, Any] | None = None


class Label(BaseModel):
    kind: Literal["label"] = "label"
    text: str


class Paging(BaseModel):
    page_size: int = Field(10, gt=0, le=100)
    order: Literal["asc", "desc"] = "asc"
    after: str | None = None


def make_app() -> FastAPI:
    app = FastAPI(title="Atoms", version="1")

    @app.get("/atoms/{element}")
    def get_atom(
        element: Annotated[str, Path(min_length=1)],
        charge: float | None = None,
        owner: Owner = Owner.public,
        tag: Annotated[list[str], Query()] = [],  # noqa: B006
        exact: bool = False,
        group: Annotated[str | list[str] | None, Query()] = None,
        x_trace: Annotated[str | None, Header()] = None,
    ) -> dict[str, Any]:
        return {
            "element": element,
            "charge": charge,
            "owner": owner,
            "tag": tag,
            "exact": exact,
            "group": group,
            "trace": x_trace,
        }

    @app.get("/atoms")
    def list_atoms(paging: Annotated[Paging, Query()]) -> Paging:
        return paging

    @app.post("/cells")
    def post_cell(cell: Cell) -> Cell:
        return cell

    @app.post("/things")
    def post_thing(thing: Annotated[Cell | Label, Body(discriminator="kind")]) -> Cell | Label:
        return thing

    @app.post("/pairs")
    def post_pair(left: Annotated[int, Body()], right: Annotated[int | None, Body()] = 7) -> dict[str, Any]:
        return {"left": left, "right": right}

    @app.post("/login")
    def login(username: Annotated[str, Form()], scope: Annotated[list[str], Form()] = []) -> dict[str, Any]:  # noqa: B006
        return {"username": username, "scope": scope}

    @app.post("/files")
    async def post_file(file: UploadFile, note: Annotated[str | None, Form()] = None) -> dict[str, Any]:
        return {"name": file.filename, "size": len(await file.read()), "note": note}

    @app.post("/files/many")
    async def post_files(files: Annotated[list[UploadFile], File()]) -> list[str | None]:
        return [file.filename for file in files]

    @app.get("/session")
    def get_session(session: Annotated[str, Cookie()]) -> str:
        return session

    @app.get("/raw", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
    def get_raw() -> Response:
        return Response(b"\x00\xff", media_type="application/octet-stream")

    @app.get("/text", responses={200: {"content": {"text/plain": {}}}}, response_class=Response)
    def get_text() -> Response:
        return Response("hello", media_type="text/plain")

    @app.delete("/cells/{number}", status_code=204)
    def delete_cell(number: int) -> None:
        if number == 0:
            raise HTTPException(404, "no such cell")

    @app.get("/secret")
    def get_secret(token: Annotated[Any, Security(HTTPBearer())]) -> str:
        return str(token.credentials)

    @app.get("/key")
    def get_key(key: Annotated[str, Security(APIKeyHeader(name="X-Key"))]) -> str:
        return key

    return app


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = uvicorn.Server(uvicorn.Config(make_app(), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    started = threading.Event()
    original = running.startup

    async def startup(*args: Any, **kwargs: Any) -> None:
        await original(*args, **kwargs)
        started.set()

    running.startup = startup
    thread.start()
    assert started.wait(20)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def made(bench, server, session):
    url = f"{server}/openapi.json"
    return bench.convert(session.get(url).json(), url=url)


@pytest.fixture(scope="module")
def client(bench, made, server):
    client = bench.client(made, url=f"{server}/openapi.json")
    yield client
    client.swagger_spec.http_client.session.close()


def answer(call, **arguments):
    return call(**arguments).response(timeout=10).result


def test_the_document_names_its_own_host(made, server):
    assert f"http://{made.document['host']}{made.document['basePath'].rstrip('/')}" == server


def test_nothing_of_this_api_is_lost_but_what_swagger_has_no_words_for(made):
    assert {loss.what for loss in made.losses} == {
        "one value or a list of them",
        "oneOf of 2 schemas",
        "anyOf of 2 schemas",
        "discriminator",
        "several files under one name",
        "cookie session",
    } | {loss.what for loss in made.losses if loss.what.startswith("default")}


def test_path_query_and_header_parameters(client, server, session):
    got = answer(
        client.atoms.get_atom,
        element="Ti O",
        charge=-0.5,
        owner="mine",
        tag=["a", "b,c"],
        exact=True,
        group=["g"],
        x_trace="t1",
    )
    params = {"charge": -0.5, "owner": "mine", "tag": ["a", "b,c"], "exact": "true", "group": ["g"]}
    assert got == session.get(f"{server}/atoms/Ti%20O", params=params, headers={"x-trace": "t1"}).json()
    assert got["tag"] == ["a", "b,c"]
    assert got["trace"] == "t1"


def test_parameters_left_out_take_the_servers_defaults(client, server, session):
    got = answer(client.atoms.get_atom, element="Si")
    assert got == session.get(f"{server}/atoms/Si").json()
    assert got["owner"] == "public"


def test_a_model_as_query(client, server, session):
    got = answer(client.atoms.list_atoms, page_size=5, order="desc", after="x")
    assert got == session.get(f"{server}/atoms", params={"page_size": 5, "order": "desc", "after": "x"}).json()


def test_a_value_outside_its_bounds_is_refused_before_it_is_sent(client):
    with pytest.raises(Exception, match="101 is greater than the maximum of 100"):
        client.atoms.list_atoms(page_size=101)


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"atoms": [{"element": "Ti"}, {"element": "O", "charge": None, "tags": ["x"]}]},
        {"parent": {"parent": None, "extra": {"deep": [1, None, {"a": "b"}]}}, "extra": None},
    ],
)
def test_a_nested_and_recursive_body(client, server, session, cell):
    got = answer(client.cells.post_cell, body=cell)
    assert got == session.post(f"{server}/cells", json=cell).json()


def test_a_union_body_with_a_discriminator(client, server, session):
    for thing in ({"kind": "label", "text": "t"}, {"kind": "cell", "atoms": [{"element": "H"}]}):
        assert answer(client.things.post_thing, body=thing) == session.post(f"{server}/things", json=thing).json()


def test_an_explicit_null_is_not_replaced_by_the_default(client, server, session):
    for pair in ({"left": 1}, {"left": 1, "right": None}, {"left": 1, "right": 2}):
        got = answer(client.pairs.post_pair, body=pair)
        assert got == session.post(f"{server}/pairs", json=pair).json()
    assert answer(client.pairs.post_pair, body={"left": 1, "right": None})["right"] is None


def test_a_form(client, server, session):
    fields = {"username": "ada", "scope": ["r", "w"]}
    assert answer(client.login.login, **fields) == session.post(f"{server}/login", data=fields).json()


def test_a_file_with_a_field(client, server, session):
    got = answer(client.files.post_file, file=("a.zip", b"12345"), note="n")
    assert got == session.post(f"{server}/files", files={"file": ("a.zip", b"12345")}, data={"note": "n"}).json()
    assert got == {"name": "a.zip", "size": 5, "note": "n"}


def test_one_of_several_files(client):
    assert answer(client.files.post_files, files=("a.txt", b"x")) == ["a.txt"]


def test_a_cookie_by_its_header(client):
    assert answer(client.session.get_session, Cookie="session=s1") == "s1"


def test_bytes_stay_bytes_and_text_is_text(client):
    response = client.raw.get_raw().response(timeout=10)
    assert response.result is None
    assert response.incoming_response.raw_bytes == b"\x00\xff"
    assert answer(client.text.get_text) == "hello"


def test_no_content_and_an_error(client):
    assert answer(client.cells.delete_cell, number=1) is None
    with pytest.raises(bravado.exception.HTTPNotFound) as caught:
        answer(client.cells.delete_cell, number=0)
    assert caught.value.response.json() == {"detail": "no such cell"}


def test_the_servers_own_refusal_keeps_its_words(client):
    # Swagger 2.0 cannot say which kind belongs to which schema, so only the server can refuse this one.
    with pytest.raises(bravado.exception.HTTPUnprocessableEntity) as caught:
        answer(client.things.post_thing, body={"kind": "nothing"})
    assert caught.value.swagger_result["detail"][0]["loc"] == ["body"]


def test_login_headers_are_parameters(client):
    assert answer(client.secret.get_secret, Authorization="Bearer t") == "t"
    assert answer(client.key.get_key, X_Key="k") == "k"
