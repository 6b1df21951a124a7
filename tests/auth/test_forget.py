"""What an error leaves behind holds no password."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from nomad_swagger.auth import ApiLogin, KeycloakAuthenticator, log_in, resolve
from nomad_swagger.auth.authenticators import ApiLoginAuthenticator
from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.errors import NomadError
from nomad_swagger.settings import Keycloak

SECRET = "s3cret-word-in-a-frame"


def locals_of(error: BaseException, *, below: str) -> Iterator[str]:
    """Give what the frames of an error and of its causes hold, from a function of ours on."""
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        waiting += [one.__cause__, one.__context__]
        step = one.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename != below:
                yield from map(repr, step.tb_frame.f_locals.values())
            step = step.tb_next


def refusal(act: Any) -> BaseException:
    with pytest.raises(NomadError) as told:
        act()
    return told.value


def test_a_leak_would_be_found() -> None:
    def leaky(password: str) -> None:
        raise NomadError("no")

    class Elsewhere:
        pass

    code = compile("def leaky(password):\n    raise error('no')\n", "elsewhere.py", "exec")
    space: dict[str, Any] = {"error": NomadError}
    exec(code, space)
    assert any(SECRET in text for text in locals_of(refusal(lambda: space["leaky"](SECRET)), below=__file__))
    closed = refusal(lambda: forgetful(space["leaky"])(SECRET))
    assert not any(SECRET in text for text in locals_of(closed, below=__file__))


@pytest.mark.parametrize("status", [401, 400, 500, 302])
@pytest.mark.parametrize("kind", ["keycloak", "basic", "form", "log_in"])
def test_a_refused_password_is_in_no_frame(
    server: Any, json_answer: Any, tmp_path: Any, status: int, kind: str
) -> None:
    server.script = lambda asked: json_answer(status, {"error": "invalid_grant", "detail": "no"})
    host = server.url

    def act() -> Any:
        if kind == "keycloak":
            return KeycloakAuthenticator("leonard", SECRET, server_url=server.url, host=host).token()
        if kind == "log_in":
            place = Keycloak(server.url)
            return log_in(f"{host}/api", "leonard", password=SECRET, destination=place, store=TokenStore(tmp_path))
        login = ApiLogin("POST", f"{server.url}/auth", kind)  # type: ignore[arg-type]
        return ApiLoginAuthenticator("leonard", SECRET, login=login, host=host).token()

    error = refusal(act)
    gc.collect()
    assert SECRET not in str(error)
    assert not [text for text in locals_of(error, below=__file__) if SECRET in text]


def test_a_password_that_has_nowhere_to_go_is_in_no_frame() -> None:
    error = refusal(lambda: resolve("http://127.0.0.1:9/api", user="leonard", password=SECRET, env={}))
    assert not [text for text in locals_of(error, below=__file__) if SECRET in text]


def test_a_login_server_that_is_away_leaves_no_password_either(closed_port: str) -> None:
    held = KeycloakAuthenticator("leonard", SECRET, server_url=closed_port, host="http://127.0.0.1:9")
    error = refusal(held.token)
    assert not [text for text in locals_of(error, below=__file__) if SECRET in text]
