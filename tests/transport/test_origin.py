import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from nomad_swagger.errors import UsageError
from nomad_swagger.transport.origin import HostRule, is_loopback, origin, same_origin, shown


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://nomad-lab.eu/a", "https://nomad-lab.eu:443/b?c#d"),
        ("http://127.0.0.1/a", "http://127.0.0.1:80"),
        ("HTTPS://Nomad-Lab.EU/", "https://nomad-lab.eu"),
        ("https://me:word@nomad-lab.eu/", "https://nomad-lab.eu"),
        ("http://[::1]:8000/a", "http://[0:0:0:0:0:0:0:1]:8000/b"),
        ("https://nomad-lab.eu./", "https://nomad-lab.eu/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_spelling_does_not_make_another_origin(url: str, other: str) -> None:
    assert same_origin(url, other)
    assert origin(url) == origin(other)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://nomad-lab.eu", "http://nomad-lab.eu"),
        ("https://nomad-lab.eu", "https://nomad-lab.eu:8443"),
        ("https://nomad-lab.eu", "https://nomad-lab.eu.evil.org"),
        ("https://nomad-lab.eu", "https://www.nomad-lab.eu"),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
        ("https://nomad-lab.eu", "no url"),
        ("no url", "no url"),
        ("https://nomad-lab.eu:99999", "https://nomad-lab.eu:99999"),
        ("ftp://nomad-lab.eu", "ftp://nomad-lab.eu"),
    ],
)
def test_scheme_host_and_port_each_make_another_origin(url: str, other: str) -> None:
    assert not same_origin(url, other)


@pytest.mark.parametrize(
    "url",
    [
        "nomad-lab.eu",
        "",
        "https://",
        "https://a b/",
        "file:///etc/passwd",
        "http://h:x/",
        f"https://{'a' * 64}.eu",
        "https://a!b",
    ],
)
def test_a_text_that_is_no_http_url_has_no_origin(url: str) -> None:
    with pytest.raises(UsageError, match="no http"):
        origin(url)


def test_an_origin_reads_as_people_write_it() -> None:
    assert str(origin("https://nomad-lab.eu:443/a")) == "https://nomad-lab.eu"
    assert str(origin("http://[::1]:8000")) == "http://[::1]:8000"


def test_what_is_shown_of_a_url_has_no_secrets() -> None:
    assert shown("https://me:word@host:1/a?token=t#f") == "https://host:1/a"
    assert shown("https://host/a@b") == "https://host/a@b"


@pytest.mark.parametrize("host", ["localhost", "nomad.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_has_many_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["nomad-lab.eu", "10.0.0.1", "localhost.evil.org", "127.0.0.1.evil.org"])
def test_another_machine_is_not_this_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("nomad-lab.eu", "https://nomad-lab.eu/prod/rae/api/repo/"),
        ("Nomad-Lab.eu", "https://nomad-lab.eu:443/"),
        ("nomad-lab.eu", "https://nomad-lab.eu:8443/"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/prod"),
        ("127.0.0.1", "http://127.0.0.1:18557/prod"),
        ("localhost", "https://localhost/"),
        ("[::1]:8000", "http://[::1]:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("oasis.example.org:8443", "https://oasis.example.org:8443/nomad"),
        ("oasis.example.org:443", "https://oasis.example.org/nomad"),
        ("http://oasis.example.org", "http://oasis.example.org/nomad"),
        ("https://nomad-lab.eu/prod/v1/api/v1", "https://nomad-lab.eu/elsewhere"),
        (" nomad-lab.eu ", "https://nomad-lab.eu/"),
    ],
)
def test_a_host_matches_its_own_urls(rule: str, url: str) -> None:
    assert HostRule.parse(rule).matches(url)


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("nomad-lab.eu", "http://nomad-lab.eu/"),
        ("nomad-lab.eu", "https://nomad-lab.eu.evil.org/"),
        ("nomad-lab.eu", "https://evil.org/nomad-lab.eu"),
        ("nomad-lab.eu", "https://nomad-lab.eu@evil.org/"),
        ("nomad-lab.eu", "https://evil.org\\@nomad-lab.eu/"),
        ("nomad-lab.eu", "https://evil.org\t@nomad-lab.eu/"),
        ("nomad-lab.eu", "/prod/rae/api"),
        ("nomad-lab.eu:443", "https://nomad-lab.eu:8443/"),
        ("127.0.0.1:8000", "http://127.0.0.1:8001/"),
        ("oasis.example.org:8000", "http://oasis.example.org:8000/"),
        ("https://nomad-lab.eu", "https://nomad-lab.eu:8443/"),
        ("https://nomad-lab.eu", "http://nomad-lab.eu/"),
        ("http://127.0.0.1:8000", "https://127.0.0.1:8000/"),
        ("http://127.0.0.1", "http://127.0.0.1:8000/"),
    ],
)
def test_a_host_matches_no_other_urls(rule: str, url: str) -> None:
    assert not HostRule.parse(rule).matches(url)


@pytest.mark.parametrize("text", ["", "  ", "https://", "ftp://nomad-lab.eu", "nomad lab.eu", "*", "host:port", ":80"])
def test_a_text_that_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        HostRule.parse(text)


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8001/"),
        ("127.0.0.1:8000", "http://localhost:8000/"),
        ("nomad-lab.eu", "http://nomad-lab.eu/"),
    ],
)
def test_a_near_miss_is_told_from_another_host(rule: str, url: str) -> None:
    assert HostRule.parse(rule).nearly_matches(url)
    assert not HostRule.parse(rule).nearly_matches("https://evil.org/")
    assert not HostRule.parse(rule).nearly_matches("no url")


def test_a_match_is_no_near_miss() -> None:
    assert not HostRule.parse("nomad-lab.eu").nearly_matches("https://nomad-lab.eu/")


PIECES = [
    "nomad-lab.eu",
    "NOMAD-lab.eu",
    "evil.org",
    "me",
    "@",
    ":",
    "443",
    "\\",
    "/",
    "?",
    "#",
    "%",
    "[",
    "]",
    "\t",
    " ",
    ".",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_no_text_matches_that_the_sending_library_reads_as_another_host(tail: str) -> None:
    url = f"https://{tail}"
    if HostRule.parse("nomad-lab.eu").matches(url):
        try:
            sent_to = parse_url(url).host or ""
        except LocationParseError:
            return  # nothing is sent
        assert sent_to.rstrip(".") == "nomad-lab.eu"
