"""A scripted login server on loopback: it notes what it was asked, and answers what a test wants."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import itertools
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


def as_json(status: int, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode())


class ScriptedServer:
    """Answers by ``script(asked)``; ``asked`` holds every request."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Answer] = lambda asked: as_json(404, {})
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, dict(parse_qsl(body, keep_blank_values=True)))
                server.asked.append(asked)
                answer = server.script(asked)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                with suppress(ConnectionError):  # a client that no longer waits is part of a test
                    self.end_headers()
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = _answer

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        # a client that does not trust us is part of a test
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Realm:
    """The script of a Keycloak realm: one user, refresh tokens that serve once."""

    REFUSED = as_json(401, {"error": "invalid_grant", "error_description": "Invalid user credentials"})
    SPENT = as_json(400, {"error": "invalid_grant", "error_description": "Token is not active"})

    def __init__(self, *, expires_in: float = 300, path: str = "/auth/realms/fairdi_nomad_prod") -> None:
        self.expires_in = expires_in
        self.path = f"{path}/protocol/openid-connect/token"
        self.logins = self.refreshes = 0
        self.good_refresh_tokens: set[str] = set()
        self._numbers = itertools.count(1)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == self.path.replace("/token", "/logout"):
            self.good_refresh_tokens.discard(asked.form["refresh_token"])
            return Answer(204, b"", {})
        if asked.path != self.path:
            return Answer(404, b"<html><body>Not Found</body></html>", {"Content-Type": "text/html"})
        if asked.form["grant_type"] == "password":
            self.logins += 1
            right = (asked.form["username"], asked.form["password"]) == ("leonard", "s3cret-word")
            return self._grant() if right else self.REFUSED
        self.refreshes += 1
        if asked.form["refresh_token"] not in self.good_refresh_tokens:
            return self.SPENT
        self.good_refresh_tokens.discard(asked.form["refresh_token"])
        return self._grant()

    def _grant(self) -> Answer:
        number = next(self._numbers)
        self.good_refresh_tokens.add(f"refresh-{number}")
        return as_json(
            200,
            {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": self.expires_in},
        )


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, start: float = 1000.0) -> None:
        self.now = start

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


def make_jwt(**claims: object) -> str:
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.c2lnbmF0dXJl"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a PEM file with a key and a certificate for 127.0.0.1 that nobody trusts."""
    return self_signed_certificate(tmp_path_factory.mktemp("tls") / "self-signed.pem")


def self_signed_certificate(pem: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that nobody trusts into a PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(key.private_bytes(*plain) + certificate.public_bytes(serialization.Encoding.PEM))
    return pem


@pytest.fixture
def tls_server(self_signed: Path) -> Iterator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed)
    scripted = ScriptedServer(context)
    scripted.script = Realm()
    yield scripted
    scripted.close()


@pytest.fixture
def realm(server: ScriptedServer) -> Realm:
    server.script = Realm()
    return server.script


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def json_answer() -> Callable[[int, object], Answer]:
    return as_json


@pytest.fixture
def jwt() -> Callable[..., str]:
    return make_jwt


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write a netrc file with an entry for a host."""

    def write(host: str) -> None:
        file = tmp_path / "netrc"
        file.write_text(f"machine {host} login netrc-user password netrc-word\n")
        file.chmod(0o600)
        monkeypatch.setenv("NETRC", str(file))

    return write
