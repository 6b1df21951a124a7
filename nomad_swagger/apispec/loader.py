"""Get an API description: from a dict, a file, a pinned snapshot, the cache or the network.

Knows the order of places and what to say when each of them fails. How bytes come over the wire is handed in
(``fetch``); bytes become a document in ``read``.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from nomad_swagger import settings
from nomad_swagger.apispec.cache import CachedDocument, SpecCache, utc_now
from nomad_swagger.apispec.canonical import canonical_sha256
from nomad_swagger.apispec.model import Origin, Spec
from nomad_swagger.apispec.references import refuse_external_references
from nomad_swagger.errors import NomadWarning, SpecError, SpecNotFound, TransportError, UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transport.origin import shown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a fetch brings: status, headers in lower case, body, and the URL after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


Fetch: TypeAlias = Callable[[str, Mapping[str, str]], Answer]
"""Gets a URL with these headers; raises TransportError where no answer comes."""


@dataclass(frozen=True)
class Loader:
    """Loads descriptions; what it needs of the world is handed in.

    Attributes
    ----------
    fetch : callable or None
        None: the network is not to be touched.
    cache : SpecCache
    folders : tuple of Path
        Where to look for snapshots before the shipped ones.
    """

    fetch: Fetch | None
    cache: SpecCache
    folders: tuple[Path, ...] = ()

    def offline(self) -> Loader:
        """Give the same loader, but with the network off."""
        return replace(self, fetch=None)

    def from_dict(self, document: Mapping[str, object], *, url: str = "") -> Spec:
        """Take a document that the caller has."""
        return self._checked(dict(document), Origin("dict", "a dict"), url)

    def from_file(self, path: Path, *, url: str = "") -> Spec:
        """Read a JSON or YAML file.

        Raises
        ------
        SpecNotFound, SpecError
        """
        from nomad_swagger.apispec.read import read_document

        try:
            content = path.read_bytes()
        except OSError as error:
            raise SpecNotFound(f"{path}: cannot be read: {error.strerror or error}") from error
        return self._checked(read_document(content, where=str(path)), Origin("file", str(path)), url)

    def from_snapshot(self, name: str, *, url: str = "") -> Spec:
        """Read a pinned snapshot; its hash was compared, so it is not validated again.

        Raises
        ------
        SpecNotFound, SpecTampered
        """
        from nomad_swagger.apispec.snapshots import find_snapshot

        snapshot = find_snapshot(name, self.folders)
        origin = Origin("snapshot", name, snapshot.fetched_at)
        return Spec.kept(snapshot.read_text(), origin, snapshot.sha256, url, folder=self.cache.folder)

    def from_url(self, url: str, *, fallback: str = "", live: bool = False) -> Spec:
        """Fetch a description, or fall back to the cache, then to the snapshot that was named for it.

        Parameters
        ----------
        url : str
            Of the document itself or of an API, below which the known names are tried.
        fallback : str
            The snapshot for this URL; empty for none.
        live : bool
            Nothing but the server's answer will do.

        Raises
        ------
        SpecNotFound
            Nothing could be had; the message says what was tried.
        SpecError
            The server answered with something that is no API description.
        """
        without_login(url)
        reasons: list[str] = []
        for candidate in spec_urls(url):
            try:
                return self._revalidated(candidate)
            except (SpecNotFound, TransportError) as error:
                reasons.append(str(error))
                last: Exception = error
                if isinstance(error, TransportError):
                    break  # the server is out of reach under every name
        why = " ".join(reasons)
        if live:
            raise SpecNotFound(f"{url}: no API description: {why}") from last
        found = self._fallen_back(url, fallback, why)
        if found is None:
            raise SpecNotFound(
                f"{url}: no API description: {why} Nothing is cached for it and no snapshot is named for this URL: "
                "check the URL, or choose one yourself with --spec (spec=), such as nomad-0.8.6."
            ) from last
        return found

    def _revalidated(self, url: str) -> Spec:
        """Give the server's document, from the cache where the server says that it has not changed."""
        if self.fetch is None:
            raise TransportError("the network is off (offline).")
        kept = self.cache.get(url)
        answer = self.fetch(url, _validators(kept))
        if answer.status == 304 and kept is not None:
            return self._spec(self.cache.confirm(kept), "network", url)
        if answer.status >= 500 or answer.status == 429:
            raise TransportError(f"{url}: the server answered {answer.status}.")
        if answer.status in (401, 403):
            raise SpecError(f"{url}: the server answers {answer.status} and wants a login for its API description")
        if answer.status != 200:
            raise SpecNotFound(f"{url}: the server answered {answer.status}.")
        return self._spec(self._keep(url, kept, answer), "network", url)

    def _keep(self, url: str, kept: CachedDocument | None, answer: Answer) -> CachedDocument:
        from nomad_swagger.apispec.read import read_document  # late: most descriptions have been read before

        document = read_document(answer.body, where=url, content_type=answer.headers.get("content-type", ""))
        if document.get("paths") == {}:
            # an application that holds others, such as the root of a NOMAD, describes itself: nothing
            raise SpecNotFound(f"{url}: a description of no operations at all.")
        entry = CachedDocument(
            url=url,
            sha256=canonical_sha256(document),
            fetched_at=utc_now(),
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            text=json.dumps(document, separators=(",", ":")).encode(),
        )
        self._checked(document, Origin("network", url), api_url(url), entry.sha256)
        if kept is not None and kept.sha256 != entry.sha256:
            log.info("%s has changed since %s", shown(url), kept.fetched_at)
        known = ("sha256", "etag", "last_modified")
        if kept is not None and all(getattr(kept, name) == getattr(entry, name) for name in known):
            return self.cache.confirm(kept)  # sent anew, by a server that knows no validators, and the same
        try:
            self.cache.put(entry)
        except OSError as error:
            log.warning("the API description is not cached: %s", error)
        return entry

    def _fallen_back(self, url: str, fallback: str, why: str) -> Spec | None:
        for candidate in spec_urls(url):
            kept = self.cache.get(candidate)
            if kept is not None:
                spec = self._spec(kept, "cache", candidate)
                self._say(f"{why} Using the description of {candidate} from the cache, {spec.origin.age}.")
                return spec
        if not fallback:
            return None
        spec = self.from_snapshot(fallback, url=api_url(url))
        age = f", {spec.origin.age}" if spec.origin.age else ""
        self._say(f"{why} Using the pinned snapshot {fallback}{age}.")
        return spec

    def _say(self, message: str) -> None:
        if self.fetch is None:  # offline is what was asked for
            log.info(message)
        else:
            warnings.warn(message, NomadWarning, stacklevel=5)

    def _spec(self, kept: CachedDocument, kind: str, url: str) -> Spec:
        origin = Origin(kind, url, kept.fetched_at)
        return Spec.kept(kept.text, origin, kept.sha256, api_url(url), folder=self.cache.folder)

    def _checked(self, document: dict[str, object], origin: Origin, url: str, sha256: str = "") -> Spec:
        """Make the spec, after validating a content that was never seen before."""
        refuse_external_references(document, origin.where)
        try:
            spec = Spec(document, origin, sha256 or canonical_sha256(document), url).keeping(self.cache.folder)
        except (TypeError, ValueError) as error:
            raise SpecError(f"{origin.where}: it holds something that JSON does not have: {error}") from error
        if not self.cache.is_valid(spec.sha256):
            spec.verify()
            self.cache.mark_valid(spec.sha256)
        return spec


def spec_urls(url: str) -> list[str]:
    """Give the URLs at which the document of an API may be, the likeliest first."""
    if url.endswith(settings.SPEC_SUFFIXES):
        return [url]
    return [f"{url.rstrip('/')}/{name}" for name in settings.SPEC_PATHS]


def api_url(url: str) -> str:
    """Give the API's URL for a document's URL."""
    return url.rpartition("/")[0] if url.endswith(settings.SPEC_SUFFIXES) else url.rstrip("/")


def without_login(url: str) -> str:
    """Give a URL that has no user and password in it, and no query: messages and the cache would show them.

    Raises
    ------
    UsageError
        It has.
    """
    if "@" in urlsplit(url).netloc:
        raise UsageError(
            f"{shown(url)}: a login in the URL is not used: give user= and password=, or `nomad-swagger login`"
        )
    return re.split(r"[?#]", url, maxsplit=1)[0]


def _validators(kept: CachedDocument | None) -> dict[str, str]:
    if kept is None:
        return {}
    asked = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
    return {name: value for name, value in asked.items() if value}
