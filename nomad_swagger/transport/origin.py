"""Scheme, host and port of a URL, and to which URLs a login belongs.

Knows how URLs are spelled, and nothing of tokens. It must be stricter than the library that sends the request: where
two parsers could read two hosts out of one text, the answer here is "no".
"""

from __future__ import annotations

import ipaddress
import logging
import re
from urllib.parse import SplitResult, urlsplit

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass

log = logging.getLogger(__name__)

_PORTS = {"https": 443, "http": 80}
# urllib3 ends the host at a backslash, urllib.parse does not: "https://evil.org\@nomad-lab.eu" is two hosts.
_AMBIGUOUS = re.compile(r"[\\\s\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port, each in its one spelling."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Tell whether requests to it stay on this machine."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def origin(url: str) -> Origin:
    """Give scheme, host and port of an http(s) URL: lower case, default port filled in, user info left out.

    Raises
    ------
    UsageError
        Not an http(s) URL, or one that two programs could read differently.

    Examples
    --------
    >>> origin("HTTPS://me@Nomad-Lab.EU:443/prod")
    Origin(scheme='https', host='nomad-lab.eu', port=443)
    """
    try:
        parts = _split(url)
        scheme = parts.scheme.lower()
        return Origin(scheme, _host(parts.hostname), parts.port or _PORTS[scheme])
    except (ValueError, KeyError) as error:
        raise UsageError(f"{shown(url)!r} is no http(s) URL: {error}") from error


def same_origin(url: str, other: str) -> bool:
    """Tell whether two URLs have the same scheme, host and port. A text that is no http(s) URL is like no other.

    Examples
    --------
    >>> same_origin("https://nomad-lab.eu/a", "https://NOMAD-LAB.eu:443/b")
    True
    >>> same_origin("https://nomad-lab.eu/a", "http://nomad-lab.eu/a")
    False
    """
    try:
        return origin(url) == origin(other)
    except UsageError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine (RFC 6761 §6.3: ``localhost`` and all below it)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """Give a URL as it may stand in a message: without user info, query and fragment."""
    return re.sub(r"^([\w+.-]*:?//)[^/?#]*@", r"\1", re.split(r"[?#]", url, maxsplit=1)[0])


@dataclass(frozen=True)
class HostRule:
    """To which URLs a login may be sent.

    ======================== ==========================================================
    the rule was written as  it matches
    ======================== ==========================================================
    ``https://host[:port]``  this scheme, host and port; what follows the port is ignored
    ``host:port``            https on this port; http too where the host is this machine
    ``host``                 https on any port; http too where the host is this machine
    ======================== ==========================================================

    A host without a port matches every port, since nobody named one and ``127.0.0.1`` would otherwise turn the user
    of ``http://127.0.0.1:8000`` anonymous without a word. Plain http to another machine has to be asked for by
    writing ``http://host``.

    Attributes
    ----------
    host : str
    scheme : str or None
    port : int or None
        None where not named.
    """

    host: str
    scheme: str | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> HostRule:
        """Read a rule as a person writes it.

        Raises
        ------
        UsageError
            No host in it.

        Examples
        --------
        >>> HostRule.parse("127.0.0.1:8000")
        HostRule(host='127.0.0.1', scheme=None, port=8000)
        """
        text = text.strip()
        if "://" in text:
            named = origin(text)
            return cls(named.host, named.scheme, named.port)
        bare = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
        try:
            parts = _split(f"//{bare}")
            return cls(_host(parts.hostname), None, parts.port)
        except ValueError as error:
            raise UsageError(f"host {text!r}: {error}; write it as host, host:port or https://host") from error

    def matches(self, url: str) -> bool:
        """Tell whether a request to ``url`` may carry the login."""
        try:
            asked = origin(url)
        except UsageError:
            return False
        return asked.host == self.host and self._scheme_fits(asked) and self.port in (None, asked.port)

    def nearly_matches(self, url: str) -> bool:
        """Tell whether ``url`` is the same machine by another scheme, port or name: more likely a slip than a plan."""
        try:
            asked = origin(url)
        except UsageError:
            return False
        same_machine = asked.host == self.host or (asked.is_loopback and is_loopback(self.host))
        return same_machine and not self.matches(url)

    def _scheme_fits(self, asked: Origin) -> bool:
        if self.scheme is not None:
            return asked.scheme == self.scheme
        return asked.scheme == "https" or asked.is_loopback

    def __str__(self) -> str:
        if self.scheme is not None and self.port is not None:
            return str(Origin(self.scheme, self.host, self.port))
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host


def _split(url: str) -> SplitResult:
    if _AMBIGUOUS.search(url):
        raise ValueError("a blank or a backslash in it")
    return urlsplit(url)


def _host(name: str | None) -> str:
    if not name:
        raise ValueError("no host in it")
    name = name.rstrip(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        ascii_name = name.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"the host name {name!r} cannot be written in ASCII") from error
    if not re.fullmatch(r"[a-z0-9._-]+", ascii_name):
        raise ValueError(f"{name!r} is no host name")
    return ascii_name
