"""Find a NOMAD's API from the address of its web pages, or of its host.

Knows where installations keep their API (``settings.API_PLACES``); how a description is fetched is handed in.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from nomad_swagger import settings
from nomad_swagger.apispec.model import Spec
from nomad_swagger.errors import NomadWarning, SpecError, TransportError


def find_api(url: str, load: Callable[[str], Spec], failure: SpecError) -> Spec:
    """Give the description of the API that belongs to an address, which is not the API's own.

    Parameters
    ----------
    url : str
        Of a page of NOMAD, of the folder it lies in, or of the host.
    load : callable
        Gives the description at a document's URL, or raises SpecError.
    failure : SpecError
        Why ``url`` itself is none.

    Raises
    ------
    SpecError
        The failure, with the places that were tried.

    Warns
    -----
    NomadWarning
        Says which API it is; its ``url`` is the found description's.
    """
    tried = known_places(url)
    for place in tried:
        # each name on its own: where unknown addresses are answered with a web page, the first one ends a load
        for name in settings.SPEC_PATHS:
            try:
                found = load(f"{place}/{name}")
            except SpecError as error:
                if isinstance(error.__cause__, TransportError):
                    raise failure from error
                continue
            warnings.warn(f"{url} is not an API's URL; using the API at {place}", NomadWarning, stacklevel=5)
            return found
    failure.args = (f"{failure.happened} There is none at {', '.join(tried)} either.", *failure.args[1:])
    raise failure


def known_places(url: str) -> list[str]:
    """Give the URLs at which the API may be, the likeliest first.

    Examples
    --------
    >>> known_places("https://nomad.example/oasis/gui/search/entries")[0]
    'https://nomad.example/oasis/api/v1'
    """
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    pages = [steps.index(page) for page in settings.PAGES if page in steps]
    base = "/".join(["", *steps[: min(pages, default=len(steps))]])
    likeliest, *others = (f"{base.rstrip('/')}/{place}" for place in settings.API_PLACES)
    places = [likeliest, *([base] if pages else []), *others]
    return [urlunsplit((parts.scheme, parts.netloc, path, "", "")) for path in places]
