import pytest

from nomad_swagger.dashboard.gate import Gate

GATE = Gate(5000)
OURS = {"Host": "127.0.0.1:5000"}


def test_the_page_itself_is_let_in():
    assert GATE.refusal(OURS) == ""
    assert GATE.refusal({**OURS, "Origin": "http://127.0.0.1:5000"}) == ""


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1", "127.0.0.1:5001", "localhost:5000", "evil.org:5000", "127.0.0.1:5000.evil.org"]
)
def test_another_host_is_refused_since_a_foreign_name_can_point_here(host):
    assert "127.0.0.1:5000" in GATE.refusal({"Host": host})


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://127.0.0.1:5000", "http://127.0.0.1:8888", "http://localhost:5000", "https://evil.org"],
)
def test_another_origin_is_refused(origin):
    assert GATE.refusal({**OURS, "Origin": origin}) != ""


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_call_from_another_sites_page_is_refused_even_without_an_origin(site):
    assert GATE.call_refusal({**OURS, "Sec-Fetch-Site": site}) != ""


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_a_call_from_the_page_or_from_curl_passes(headers):
    assert GATE.call_refusal(OURS | headers) == ""


def test_every_dashboard_has_a_path_token_of_its_own_that_no_repr_shows():
    other = Gate(5000)
    assert other.path_token != GATE.path_token
    assert len(GATE.path_token) >= 32
    assert GATE.path_token not in repr(GATE)


def test_only_the_right_path_token_leads_anywhere():
    token = GATE.path_token
    assert GATE.rest_of(f"/{token}/api/repo%2F") == "/api/repo%2F"
    for wrong in ("/", "", f"/{token}", f"/{token}x/", f"/{token[:-1]}/", f"/x/{token}/", f"//{token}/", "/é/"):
        assert GATE.rest_of(wrong) is None
