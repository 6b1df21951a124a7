import pytest

from nomad_swagger.apispec.operations import Operation
from nomad_swagger.dashboard.proxy import Routes

ROUTES = Routes.of([Operation("auth", "token", "GET", "/auth/"), Operation("auth", "new", "POST", "/pats/{id}/rotate")])


@pytest.mark.parametrize("path", ["/auth/", "/auth", "//auth//", "/%61uth/", "/AUTH/"])
def test_a_path_is_known_in_whatever_spelling_a_server_may_take(path):
    assert ROUTES.match("GET", path)


def test_a_template_stands_for_one_step():
    assert ROUTES.match("POST", "/pats/17/rotate")
    assert not ROUTES.match("POST", "/pats/1/7/rotate")
    assert not ROUTES.match("POST", "/pats/rotate")


@pytest.mark.parametrize(("method", "path"), [("POST", "/auth/"), ("GET", "/auth/users"), ("GET", "/x/auth/")])
def test_other_operations_are_not_meant(method, path):
    assert not ROUTES.match(method, path)
