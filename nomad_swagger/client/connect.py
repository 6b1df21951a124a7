"""From "where" to a client: the profile, the description, the login, and bravado's client on top.

Knows the order in which these are settled. Imports bravado late, when all the rest has succeeded, and requests not
before there is something to ask for: completion finds its profile here too.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger import settings
from nomad_swagger.apispec.load import make_loader, resolve_source
from nomad_swagger.apispec.loader import Answer, Loader
from nomad_swagger.apispec.model import Spec
from nomad_swagger.auth import ANONYMOUS, ApiLogin, Authenticator, Login, TokenStore, Wire, find_keyring, resolve
from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.stored import words_for
from nomad_swagger.client.discovery import find_api
from nomad_swagger.client.target import find_profile
from nomad_swagger.errors import NomadWarning, SpecError, TransportError, UsageError
from nomad_swagger.generations.generation import load_generation
from nomad_swagger.late_imports import import_bravado
from nomad_swagger.light import dataclass, uncollected
from nomad_swagger.settings import Profile

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.transport.send import Transport

_ASKED = ("auto", "live")
"""Where the server is asked for its description, and so tells where its API is."""


@dataclass(frozen=True)
class Credentials:
    """What a caller gave to log in with; nothing of it is shown."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    authenticator: Authenticator | None = field(default=None, repr=False)
    anonymous: bool = False


@forgetful
def connect(
    where: str | None = None,
    *,
    spec: str | Path | Mapping[str, object] | Spec = "auto",
    user: str | None = None,
    password: str | None = None,
    token: str | None = None,
    authenticator: Authenticator | None = None,
    anonymous: bool = False,
    profile: str | Profile | None = None,
    specs: str | Path | None = None,
    timeout_s: float = settings.READ_TIMEOUT_S,
) -> NomadClient:
    """Give a client for a NOMAD server, made from the server's own API description.

    Parameters
    ----------
    where : str, optional
        An API URL (or the address of NOMAD's web pages, from which the API is found), a deployment's nickname, or
        ``"sandbox"`` (a running embedded NOMAD). By default what ``NOMAD_CLIENT_URL`` or the config file says; there is
        no other default.
    spec : str, Path, dict or Spec
        ``"auto"``: the server's, cached and revalidated; unreachable: the cache, then the snapshot that the profile or
        the deployment table names for this URL, with a warning. ``"live"``: the server's only. ``"offline"``: the
        network is not touched. Otherwise a snapshot's name, a path, a URL, a nickname, a document or a :class:`Spec`; a
        URL also says where, if nothing else does.
    user, password : str, optional
        The password goes to the Keycloak that is named for this URL, else to the API's own login; nowhere else.
    token : str, optional
        A bearer token, sent as it is.
    authenticator : bravado Authenticator, optional
        Anything with ``matches(url)`` and ``apply(request)``.
    anonymous : bool
        Be nobody, whatever login the environment, the profile or the store has: see what everybody sees.
    profile : str or Profile, optional
        A profile of the config file, or a deployment's nickname.
    specs : path, optional
        A folder of snapshots to look into first.
    timeout_s : float
        The longest silence of the server within an answer, in seconds.

    Returns
    -------
    NomadClient
        ``client.<tag>.<operation>(…).response().result`` as with bravado; what is ours is on ``client.nomad``.

    Raises
    ------
    UsageError
        Nobody says where; or a nickname or profile that does not exist.
    SpecNotFound, SpecError
        There is no (valid) description.
    NoCredentials
        Half a login.

    Examples
    --------
    >>> client = connect("sandbox")                                                       # doctest: +SKIP
    >>> client.repo.search(atoms=["Si", "O"]).response().result.pagination.total          # doctest: +SKIP
    0
    """
    with uncollected():
        from nomad_swagger.transport.pace import Pace
        from nomad_swagger.transport.send import Transport
        from nomad_swagger.transport.session import make_session

    target = _target(where, profile, spec)
    transport = Transport(
        session=make_session(ca_file=target.ca_file, proxy=target.proxy),
        read_timeout_s=timeout_s,
        pace=Pace(target.requests_per_s),
    )
    address = where if where and where.endswith(settings.SPEC_SUFFIXES) else target.url
    found = _description(spec, address, target, specs, transport)
    if spec in _ASKED and found.url != target.url:
        target = settings.profile_for(found.url) or replace(target, url=found.url)
    elif found.url != target.url:
        found = found.at(target.url)
    login = _login(target, found, Credentials(user, password, token, authenticator, anonymous))
    transport.authenticator = login.authenticator
    with uncollected():
        return build(found, transport, login, target)


def build(spec: Spec, transport: Transport, login: Login, profile: Profile) -> NomadClient:
    """Put bravado's client on a description, whose ``url`` is where the calls go; nothing is fetched.

    Raises
    ------
    SpecError
        bravado cannot make operations of the document.
    """
    import_bravado()
    from nomad_swagger.calls.factory import CallFactory
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.client.core import core_spec
    from nomad_swagger.client.nomad import Nomad
    from nomad_swagger.client.public import is_public
    from nomad_swagger.transport.bravado_http import BravadoHttp

    generation = load_generation(spec.generation) if spec.generation else None
    if generation is not None:
        transport.is_public = partial(is_public, spec, generation)
    factory = CallFactory.of(spec, generation)
    http_client = BravadoHttp(transport, factory.of_request)
    core = core_spec(spec.swagger, spec.url, http_client, may_name=spec.may_name_models)
    nomad = Nomad(spec, spec.url, transport, login, profile, core, factory)
    return NomadClient(core, nomad, factory)


def _target(
    where: str | None, profile: str | Profile | None, spec: str | Path | Mapping[str, object] | Spec
) -> Profile:
    try:
        return find_profile(where, profile)
    except UsageError:
        url = "" if where or profile or isinstance(spec, Spec) else resolve_source(spec).api_url
        if not url:
            raise
        return find_profile(url)


def _description(
    spec: str | Path | Mapping[str, object] | Spec,
    address: str,
    target: Profile,
    specs: str | Path | None,
    transport: Transport,
) -> Spec:
    if isinstance(spec, Spec):
        return spec
    from nomad_swagger.transport.fetch import fetch_with

    loader = make_loader(specs=specs, fetch=lambda url, headers: Answer(*fetch_with(url, headers, transport=transport)))
    source = resolve_source(spec)
    if source.kind != "server":
        return source.load(loader, url=target.url)
    if source.word == "offline":
        return loader.offline().from_url(address, fallback=target.snapshot)
    return _of_server(loader, address, target.snapshot, live=source.word == "live")


def _of_server(loader: Loader, address: str, fallback: str, *, live: bool) -> Spec:
    try:
        return loader.from_url(address, fallback=fallback, live=live)
    except SpecError as error:
        if isinstance(error.__cause__, TransportError) or address.endswith(settings.SPEC_SUFFIXES):
            raise
        return find_api(address, partial(loader.from_url, live=True), error)


def _login(target: Profile, spec: Spec, given: Credentials) -> Login:
    if given.anonymous:
        named = [name for name in ("user", "password", "token", "authenticator") if getattr(given, name)]
        if named:
            raise UsageError(f"anonymous=True and {named[0]}= contradict each other: give one of them")
        return ANONYMOUS
    login = resolve(
        target.url,
        user=given.user,
        password=given.password,
        token=given.token,
        authenticator=given.authenticator,
        profile=target,
        api_login=api_login(target.url, spec),
        store=token_store(),
        wire=Wire(ca_file=target.ca_file, proxy=target.proxy),
    )
    _speak_of_the_end(login)
    return login


def _speak_of_the_end(login: Login) -> None:
    stored, now = login.stored, time.time()
    if stored is not None and stored.ends_soon(now) and stored.expires_at > now:
        warnings.warn(
            f"the stored login of {stored.user} for {stored.api_url} ends {words_for(stored.ends_at)}: "
            "`nomad-swagger login` makes a new one",
            NomadWarning,
            stacklevel=4,
        )


def api_login(url: str, spec: Spec) -> ApiLogin | None:
    """Give the API's own login, where the generation knows one."""
    if not spec.generation:
        return None
    way = load_generation(spec.generation).login
    return ApiLogin(way["method"], url + way["path"], way["style"])


def token_store() -> TokenStore:
    """Give the store of logins of this user on this machine."""
    return TokenStore(settings.state_folder(), keyring=find_keyring)
