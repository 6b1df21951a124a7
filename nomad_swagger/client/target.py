"""From "where" to the profile of a deployment: which server is meant, before anything is asked or imported for it.

Knows the order in which argument, profile, environment and config file decide. Completion finds its server here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nomad_swagger import settings
from nomad_swagger.apispec.loader import api_url, without_login
from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.settings import Profile
from nomad_swagger.transport.origin import shown


def find_profile(
    where: str | None = None, profile: str | Profile | None = None, *, env: Mapping[str, str] | None = None
) -> Profile:
    """Give the deployment that a caller means.

    Raises
    ------
    UsageError
        Nobody says where, or an unknown name.
    """
    found = named_profile(where, profile, env=env)
    if found is None:
        from nomad_swagger.advice import python_words  # late: nothing went wrong yet

        message = "no server is named"
        raise UsageError(message, advice=python_words(UsageError, message))
    return found


def named_profile(
    where: str | None = None, profile: str | Profile | None = None, *, env: Mapping[str, str] | None = None
) -> Profile | None:
    """Give the deployment that a caller means; None where nobody says where.

    Raises
    ------
    UsageError
        An unknown name.
    """
    known = settings.profiles(env)
    base = _named(profile, known, env) if isinstance(profile, str) else profile
    if isinstance(profile, str) and where and base is not None:
        _agree(where, base, known, env)
    where = where or (base.url if base else "") or settings.environment(env).get(settings.ENV_URL, "")
    if where and "://" in where:
        where = api_url(without_login(where))
        return replace(base, url=where) if base else settings.profile_for(where, env) or Profile(url=where)
    where = where or settings.default_profile(env)
    if not where:
        return None
    named = _named(where, known, env)
    if "://" not in named.url:
        raise UsageError(f"profile {where!r} has no url, in {settings.config_file(env)}; a URL starts with https://")
    return replace(named, url=api_url(without_login(named.url)))


def _agree(where: str, base: Profile, known: Mapping[str, Profile], env: Mapping[str, str] | None) -> None:
    """Refuse a server and a profile that is another one's; a profile without a URL is anybody's."""
    url = where if "://" in where else _named(where, known, env).url
    if base.url and api_url(without_login(url)) != api_url(without_login(base.url)):
        raise UsageError(
            f"profile {base.name!r} is for {shown(base.url)}, and {shown(url)} is named too: leave one of them out"
        )


def _named(name: str, known: Mapping[str, Profile], env: Mapping[str, str] | None) -> Profile:
    if name in known:
        return known[name]
    if settings.sandbox_nickname(name):
        return settings.running_sandbox(env, name)
    raise UnknownArgument(
        name, [*known, *settings.SANDBOX_APIS], where="as a deployment or profile; a URL starts with https://"
    )
