"""Log in to a deployment and out of it: the profile, the description and the rule where a password may go, together."""

from __future__ import annotations

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.auth import StoredLogin, Wire, destination_for, log_in, log_out
from nomad_swagger.client.connect import api_login, find_profile, token_store


def log_in_to(where: str | None, *, profile: str | None = None, user: str, password: str) -> StoredLogin:
    """Trade a password for tokens and store them for later clients of this user.

    Parameters
    ----------
    where, profile : str, optional
        As for ``connect``.
    user, password : str
        The password goes to the Keycloak that is named for the deployment, else to the API's own login.

    Raises
    ------
    LoginRefused
        The login server said no.
    """
    target = find_profile(where, profile)
    spec = load_spec(target.url, fallback=target.snapshot) if target.keycloak is None else None
    place = destination_for(target.url, profile=target, api_login=api_login(target.url, spec) if spec else None)
    wire = Wire(ca_file=target.ca_file, proxy=target.proxy)
    return log_in(target.url, user, password=password, destination=place, store=token_store(), wire=wire)


def log_out_of(where: str | None, *, profile: str | None = None) -> tuple[str, bool]:
    """Forget a stored login; gives the API's URL and whether there was one."""
    target = find_profile(where, profile)
    wire = Wire(ca_file=target.ca_file, proxy=target.proxy)
    return target.url, log_out(target.url, store=token_store(), wire=wire)
