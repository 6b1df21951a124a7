import logging
import socket
import threading
import traceback

import pytest

from nomad_swagger.auth.servers import ApiLogin, ApiServer, KeycloakServer
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import (
    ConnectionLost,
    RequestTimeout,
    UsageError,
)
from nomad_swagger.settings import Keycloak

PASSWORD = "s3cret-word"


def _keycloak(
    server, path: str = "/auth/", realm: str = "fairdi_nomad_prod", wire: Wire | None = None
) -> KeycloakServer:
    return KeycloakServer(Keycloak(server.url + path, realm, "nomad_public"), wire or Wire())


def _everything_said(error: BaseException) -> str:
    """Give what a traceback, a log and a crash reporter could see of an error and its causes."""
    said = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        said += (
            repr(link)
            + repr(link.args)
            + repr({k: vars(v) if hasattr(v, "body") else v for k, v in vars(link).items()})
        )
        link = link.__cause__ or link.__context__
    return said


def test_a_server_that_is_not_there_is_named(unused_port) -> None:
    with pytest.raises(ConnectionLost, match=f"login at http://127.0.0.1:{unused_port}/auth/") as caught:
        KeycloakServer(Keycloak(f"http://127.0.0.1:{unused_port}/auth/"), Wire()).login("leonard", PASSWORD)
    assert "refused" in str(caught.value)
    assert PASSWORD not in _everything_said(caught.value)


def test_a_silent_server_times_out_and_is_named(server, json_answer) -> None:
    release = threading.Event()

    def silent(asked):
        release.wait(5)
        return json_answer(200, {})

    server.script = silent
    try:
        with pytest.raises(RequestTimeout, match=r"login at http://127\.0\.0\.1") as caught:
            _keycloak(server, wire=Wire(read_timeout_s=0.01)).login("leonard", PASSWORD)
    finally:
        release.set()
    assert PASSWORD not in _everything_said(caught.value)


def test_a_server_that_hangs_up_is_a_lost_connection_and_the_password_goes_out_once(hanging_up) -> None:
    port, connections = hanging_up
    with pytest.raises(ConnectionLost):
        KeycloakServer(Keycloak(f"http://127.0.0.1:{port}/auth/"), Wire()).login("leonard", PASSWORD)
    assert connections == [1]


def test_proxy_and_certificate_variables_of_other_libraries_do_no_harm(server, realm, monkeypatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    assert _keycloak(server).login("leonard", PASSWORD).access_token == "access-1"


def test_the_environments_proxy_is_used(server, other_server, realm, monkeypatch, json_answer) -> None:
    other_server.script = lambda asked: json_answer(200, {"access_token": f"through-proxy-to-{asked.path}"})
    monkeypatch.setenv("HTTP_PROXY", other_server.url)
    monkeypatch.setenv("http_proxy", other_server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    place = Keycloak("http://login.example/auth/")
    assert "http://login.example/auth/realms/" in KeycloakServer(place, Wire()).login("leonard", PASSWORD).access_token


def test_the_profiles_proxy_wins_over_the_environments(server, other_server, monkeypatch, json_answer) -> None:
    other_server.script = lambda asked: json_answer(200, {"access_token": "through-proxy"})
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    wire = Wire(proxy=other_server.url)
    place = Keycloak("http://login.example/auth/")
    assert KeycloakServer(place, wire).login("leonard", PASSWORD).access_token == "through-proxy"


def test_a_missing_certificate_file_is_named(monkeypatch) -> None:
    wire = Wire(ca_file="/no/such/ca.pem")
    with pytest.raises(UsageError, match=r"/no/such/ca\.pem"):
        KeycloakServer(Keycloak("https://127.0.0.1:9/auth/"), wire).login("leonard", PASSWORD)


def test_a_certificate_that_nobody_trusts_is_said_to_be_so(tls_server) -> None:
    with pytest.raises(ConnectionLost, match="certificate") as caught:
        _keycloak(tls_server).login("leonard", PASSWORD)
    assert PASSWORD not in _everything_said(caught.value)
    assert tls_server.asked == []


def test_the_environments_certificates_are_trusted(tls_server, self_signed, monkeypatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(self_signed))
    assert _keycloak(tls_server).login("leonard", PASSWORD).access_token == "access-1"


def test_the_profiles_certificates_win_over_the_environments(tls_server, self_signed, monkeypatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    wire = Wire(ca_file=str(self_signed))
    assert _keycloak(tls_server, wire=wire).login("leonard", PASSWORD).access_token == "access-1"


def test_a_netrc_entry_does_not_go_to_the_login_server(server, realm, netrc) -> None:
    netrc("127.0.0.1")
    _keycloak(server).login("leonard", PASSWORD)
    assert "authorization" not in server.asked[0].headers


def test_a_password_over_plain_http_to_another_machine_is_warned_of(other_server, caplog, json_answer) -> None:
    other_server.script = lambda asked: json_answer(200, {"access_token": "t"})
    with caplog.at_level(logging.WARNING):
        KeycloakServer(Keycloak("http://login.example/auth/"), Wire(proxy=other_server.url)).login("leonard", PASSWORD)
    assert "unencrypted" in caplog.text
    assert PASSWORD not in caplog.text


def test_no_log_line_of_any_library_holds_the_password(server, realm, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        _keycloak(server).login("leonard", PASSWORD)
        ApiServer(ApiLogin("POST", server.url + realm.path, "form"), Wire()).login("leonard", PASSWORD)
    assert PASSWORD not in caplog.text
    assert "access-1" not in caplog.text


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def hanging_up():
    """A server that takes the request and hangs up without an answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[int] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(1)
            with connection:
                connection.recv(65536)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], connections
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
