"""The page around Swagger UI: which NOMAD this is, who is logged in, and how old the description is."""

from __future__ import annotations

import html
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nomad_swagger.apispec.model import Origin, Spec
from nomad_swagger.dashboard.assets import page_file
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.auth import Login


@dataclass(frozen=True)
class Facts:
    """What the head of the page says.

    Attributes
    ----------
    spec : Spec
    api_url : str
        Empty where there is no server: the page then explores only.
    login : Login or None
    """

    spec: Spec
    api_url: str = ""
    login: Login | None = None

    @property
    def place(self) -> str:
        """Give the server without its scheme."""
        parts = urlsplit(self.api_url)
        return parts.netloc + parts.path if self.api_url else ""

    @property
    def who(self) -> str:
        """Give who calls, by name."""
        if not self.api_url:
            return "no server: explore only"
        if self.login is None or self.login.kind == "anonymous":
            return f"not logged in: nomad-swagger login --url {self.api_url}"
        return self.login.who or "logged in"

    @property
    def source(self) -> str:
        """Give where the description came from, and how long ago."""
        return described(self.spec.origin)


def described(origin: Origin) -> str:
    """Give a document's origin in a few words."""
    age = f", {origin.age}" if origin.age else ""
    if origin.kind == "network":
        return f"live description{age}"
    if origin.kind == "cache":
        return f"cached description{age}"
    if origin.kind == "snapshot":
        return f"snapshot {origin.where}{age}"
    return "description from a file" if origin.kind == "file" else "description given as a dict"


def render(facts: Facts) -> bytes:
    """Give the page's HTML."""
    title = " · ".join(part for part in (facts.spec.title, facts.place, facts.who) if part)
    words = {
        "title": title,
        "name": facts.spec.title,
        "place": facts.place,
        "who": facts.who,
        "state": _state(facts),
        "source": facts.source,
        "api": facts.api_url,
    }
    template = Template(page_file("index.html").decode("utf-8"))
    return template.substitute({name: html.escape(word) for name, word in words.items()}).encode("utf-8")


def _state(facts: Facts) -> str:
    if not facts.api_url:
        return "offline"
    return "anonymous" if facts.login is None or facts.login.kind == "anonymous" else "known"
