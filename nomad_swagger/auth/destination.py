"""Where a password may go.

The rule that keeps a password from hosts that nobody named. Sends nothing and asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger import settings
from nomad_swagger.auth.servers import ApiLogin, Destination
from nomad_swagger.errors import AuthError, NoCredentials
from nomad_swagger.settings import Keycloak, Profile
from nomad_swagger.transport.origin import same_origin, shown


def destination_for(
    api_url: str,
    *,
    keycloak: Keycloak | None = None,
    env: Mapping[str, str] | None = None,
    profile: Profile | None = None,
    api_login: ApiLogin | None = None,
) -> Destination:
    """Give where a password for an API may go.

    The Keycloak that argument, environment or profile (which the deployment table is a kind of) names for this API;
    else the API's own login; nowhere else.

    Raises
    ------
    NoCredentials
        None of them is known.
    AuthError
        The API's own login is on another host than the API.
    """
    named = keycloak or named_keycloak(api_url, settings.environment(env), profile)
    if named is not None:
        return named
    if api_login is None:
        raise NoCredentials(
            f"nobody says where the password for {shown(api_url)} may go: name its Keycloak "
            f"(keycloak in the profile, or {settings.ENV_KEYCLOAK_URL}), or give a token"
        )
    if not same_origin(api_login.url, api_url):
        raise AuthError(
            f"the login of {shown(api_url)} is said to be at {shown(api_login.url)}: no password goes there"
        )
    return api_login


def named_keycloak(api_url: str, env: Mapping[str, str], profile: Profile | None) -> Keycloak | None:
    """Give the Keycloak that environment or profile names for an API; None where neither does."""
    named = profile.keycloak if profile is not None and is_for(profile.url, api_url) else None
    return _overridden(named, env) if environment_fits(env, api_url, profile) else named


def _overridden(named: Keycloak | None, env: Mapping[str, str]) -> Keycloak | None:
    """Give the Keycloak with what the environment says of it. A realm alone names no server."""
    server_url = env.get(settings.ENV_KEYCLOAK_URL) or (named.server_url if named else "")
    if not server_url:
        return None
    base = named or Keycloak(server_url)
    return Keycloak(
        server_url,
        env.get(settings.ENV_KEYCLOAK_REALM) or base.realm_name,
        env.get(settings.ENV_KEYCLOAK_CLIENT) or base.client_id,
    )


def environment_fits(env: Mapping[str, str], api_url: str, profile: Profile | None) -> bool:
    """Tell whether what the environment says is meant for this API: it names this deployment, or none."""
    where = env.get(settings.ENV_URL, "")
    return is_for(settings.url_of(where, env), api_url) or (profile is not None and where == profile.name)


def is_for(where: str, api_url: str) -> bool:
    """Tell whether a source that names the URL ``where`` (or none) speaks of this API's host."""
    return not where or same_origin(where, api_url)
