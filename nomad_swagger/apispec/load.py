"""Load an API description by whatever names it: a URL, a nickname, a path, a snapshot's name, or the document itself.

What a word means is decided in one place, :func:`resolve_source`, for ``spec=``, ``--spec`` and a SOURCE of any
command.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from nomad_swagger import settings
from nomad_swagger.apispec.cache import SpecCache
from nomad_swagger.apispec.loader import Answer, Fetch, Loader, api_url
from nomad_swagger.apispec.model import Spec
from nomad_swagger.light import dataclass


def load_spec(
    source: str | Path | Mapping[str, object],
    *,
    fallback: str = "",
    live: bool = False,
    specs: str | Path | None = None,
    url: str = "",
    fetch: Fetch | None = None,
) -> Spec:
    """Load an API description.

    Parameters
    ----------
    source : str, Path or dict
        A URL (of the document or of the API), a deployment's nickname, a path (JSON or YAML), a snapshot's name, or the
        document itself.
    fallback : str
        For a URL: the snapshot to use when neither the server nor the cache has the document; by default the one that
        the user's profile or the deployment table names for this URL.
    live : bool
        For a URL: neither cache nor snapshot will do.
    specs : path, optional
        A folder of snapshots to look into first.
    url : str
        The API's URL to go with a document that does not come from there.
    fetch : callable, optional
        How to get a URL; by default over our own transport.

    Returns
    -------
    Spec

    Raises
    ------
    SpecNotFound
        There is no such document.
    SpecError
        What is there is no API description, or a broken one.
    SpecTampered
        A snapshot is not what its index says.

    Examples
    --------
    >>> load_spec("nomad-0.8.6").generation
    'v0'
    """
    loader = make_loader(specs=specs, fetch=fetch)
    return resolve_source(source).load(loader, url=url, fallback=fallback, live=live)


OF_SERVER = ("auto", "live", "offline")
"""Words for the description of the server that calls go to; what they need is that server."""


@dataclass(frozen=True)
class Source:
    """What a word for a description means.

    Attributes
    ----------
    kind : {"server", "url", "file", "snapshot", "document"}
        ``server`` for the words that mean whatever server the calls go to.
    word : str, Path or dict
        As given; for a nickname the deployment's URL.
    fallback : str
        For a URL: the snapshot that the deployment names.
    """

    kind: Literal["server", "url", "file", "snapshot", "document"]
    word: str | Path | Mapping[str, object]
    fallback: str = ""

    @property
    def api_url(self) -> str:
        """Give the API that a URL belongs to; empty for anything else."""
        return api_url(str(self.word)) if self.kind == "url" else ""

    def load(self, loader: Loader, *, url: str = "", fallback: str = "", live: bool = False) -> Spec:
        """Give the description, with the URL that calls go to, where that is another than its own.

        Raises
        ------
        SpecError
            See :func:`load_spec`.
        """
        if isinstance(self.word, Mapping):
            return loader.from_dict(self.word, url=url)
        if self.kind == "url":
            spec = loader.from_url(str(self.word), fallback=fallback or self.fallback, live=live)
            return spec.at(url) if url else spec
        if self.kind == "file":
            return loader.from_file(Path(self.word), url=url)
        return loader.from_snapshot(str(self.word), url=url)


def resolve_source(word: str | Path | Mapping[str, object]) -> Source:
    """Tell what a word for a description means: the only place where that is decided.

    Examples
    --------
    >>> [resolve_source(word).kind for word in ("auto", "https://n.example/api", "central", "a.json", "nomad-0.8.6")]
    ['server', 'url', 'url', 'file', 'snapshot']
    """
    if isinstance(word, Mapping):
        return Source("document", word)
    if isinstance(word, Path):
        return Source("file", word)
    if word in OF_SERVER:
        return Source("server", word)
    if "://" in word:
        known = settings.profile_for(api_url(word))
        return Source("url", word, known.snapshot if known else "")
    named = settings.running_sandbox(name=word) if settings.sandbox_nickname(word) else settings.profiles().get(word)
    if named is not None and named.url:
        return Source("url", named.url, named.snapshot)
    is_path = word.endswith(settings.SPEC_SUFFIXES) or "/" in word
    return Source("file" if is_path else "snapshot", word)


def make_loader(*, specs: str | Path | None = None, fetch: Fetch | None = None) -> Loader:
    """Make the loader that the environment asks for: its cache, its folders, and no network where it is offline."""
    return Loader(
        fetch=None if settings.is_offline() else fetch or _fetch,
        cache=SpecCache(settings.cache_folder()),
        folders=settings.spec_folders(specs),
    )


def _fetch(url: str, headers: Mapping[str, str]) -> Answer:
    from nomad_swagger.transport.fetch import fetch_with  # late: a snapshot needs no requests

    return Answer(*fetch_with(url, headers))
