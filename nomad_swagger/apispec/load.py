"""Load an API description by whatever names it: a URL, a path, a snapshot's name, or the document itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nomad_swagger import settings
from nomad_swagger.apispec.cache import SpecCache
from nomad_swagger.apispec.loader import Answer, Fetch, Loader, api_url
from nomad_swagger.apispec.model import Spec


def load_spec(
    source: str | Path | Mapping[str, Any],
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
        A URL (of the document or of the API), a path (JSON or YAML), a snapshot's name, or the document itself.
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
    if isinstance(source, Mapping):
        return loader.from_dict(source, url=url)
    text = str(source)
    if "://" in text:
        known = settings.profile_for(api_url(text))
        spec = loader.from_url(text, fallback=fallback or (known.snapshot if known else ""), live=live)
        return replace(spec, url=url) if url else spec
    if isinstance(source, Path) or text.endswith(settings.SPEC_SUFFIXES) or "/" in text:
        return loader.from_file(Path(source), url=url)
    return loader.from_snapshot(text, url=url)


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
