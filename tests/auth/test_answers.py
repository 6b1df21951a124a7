import json

import pytest

from nomad_swagger.auth.answers import InvalidGrant, read_answer
from nomad_swagger.errors import AuthError, LoginRefused, RateLimited, ServerError

SERVER = "https://login.example/realms/r"


def _read(status: int, body: object) -> object:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(status, raw, server=SERVER, check="Check server_url.")


def test_a_success_gives_its_content() -> None:
    assert _read(200, {"access_token": "t"}) == {"access_token": "t"}


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": "invalid_grant", "error_description": "Invalid user credentials"}, "Invalid user credentials"),
        (400, {"error": "invalid_grant", "error_description": "Account is not fully set up"}, "not fully set up"),
        (401, {"error": "invalid_client", "error_description": "Invalid client credentials"}, "Invalid client"),
        (400, {"error": "unauthorized_client"}, "unauthorized_client"),
        (401, {"message": "Could not authenticate, wrong credentials"}, "wrong credentials"),
        (401, {"detail": "Incorrect username or password"}, "Incorrect username or password"),
        (403, {"message": "Account locked"}, "Account locked"),
        (401, b"<html>401 Authorization Required</html>", "401"),
    ],
)
def test_a_refusal_carries_the_servers_own_words(status: int, body: object, words: str) -> None:
    with pytest.raises(LoginRefused, match=words) as caught:
        _read(status, body)
    assert SERVER in str(caught.value)


def test_only_an_invalid_grant_is_one() -> None:
    with pytest.raises(InvalidGrant):
        _read(400, {"error": "invalid_grant"})
    with pytest.raises(LoginRefused) as caught:
        _read(401, {"error": "invalid_client"})
    assert not isinstance(caught.value, InvalidGrant)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": "Realm does not exist"}),
        (404, b"<html>Not Found</html>"),
        (200, b"<html>Welcome to the portal</html>"),
        (200, b"[1]"),
        (200, b""),
        (200, b'{"access_tok'),
        (403, b"<html>Forbidden by the firewall</html>"),
        (405, {"message": "The method is not allowed"}),
        (302, b""),
        (307, b""),
    ],
)
def test_what_is_no_login_says_which_url_and_what_to_check(status: int, body: object) -> None:
    with pytest.raises(AuthError, match="Check server_url") as caught:
        _read(status, body)
    assert not isinstance(caught.value, LoginRefused)
    assert SERVER in str(caught.value)


def test_a_failing_or_busy_login_server_is_no_refusal() -> None:
    with pytest.raises(ServerError, match="Try again later") as caught:
        _read(503, b"<html>upstream</html>")
    assert caught.value.status == 503
    with pytest.raises(RateLimited, match="too many"):
        _read(429, {"error": "slow_down"})


def test_a_validation_error_does_not_repeat_the_password_that_the_server_quotes() -> None:
    body = {"detail": [{"loc": ["body"], "msg": "Field required", "input": {"password": "s3cret-word"}}]}
    with pytest.raises(AuthError, match="Field required") as caught:
        _read(422, body)
    assert "s3cret-word" not in str(caught.value)


def test_long_and_broken_words_are_cut_to_one_line() -> None:
    with pytest.raises(LoginRefused) as caught:
        _read(401, {"detail": "a\n" * 5000})
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)
