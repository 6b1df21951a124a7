"""Who calls: tokens, how they are had and kept, and to which host they may go."""

from nomad_swagger.auth.authenticators import (
    ApiLoginAuthenticator,
    BearerAuthenticator,
    KeycloakAuthenticator,
)
from nomad_swagger.auth.destination import destination_for
from nomad_swagger.auth.from_store import StoredAuthenticator
from nomad_swagger.auth.login import keep, kept_of, log_in, log_out, login_of
from nomad_swagger.auth.resolve import ANONYMOUS, Authenticator, Login, resolve
from nomad_swagger.auth.servers import ApiLogin, Destination
from nomad_swagger.auth.store import TokenStore, find_keyring
from nomad_swagger.auth.stored import StoredLogin
from nomad_swagger.auth.wire import Wire
from nomad_swagger.transport.origin import HostRule, Origin, origin, same_origin

__all__ = [
    "ANONYMOUS",
    "ApiLogin",
    "ApiLoginAuthenticator",
    "Authenticator",
    "BearerAuthenticator",
    "Destination",
    "HostRule",
    "KeycloakAuthenticator",
    "Login",
    "Origin",
    "StoredAuthenticator",
    "StoredLogin",
    "TokenStore",
    "Wire",
    "destination_for",
    "find_keyring",
    "keep",
    "kept_of",
    "log_in",
    "log_out",
    "login_of",
    "origin",
    "resolve",
    "same_origin",
]
