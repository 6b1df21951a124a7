"""The tokens that the sandbox signs: login tokens like Keycloak's, and v0's own upload and signature tokens.

Knows keys, claims and lifetimes. It must not know HTTP or passwords.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nomad_sandbox.accounts import Accounts, User
from nomad_sandbox.addresses import CLIENT_ID
from nomad_sandbox.store import Store

SIGNATURE_LIFETIME_S = 10
REFRESH_FACTOR = 10


class TokenRefused(Exception):
    """A token is not valid; the message is what the real server says."""


@dataclass(frozen=True)
class TokenPair:
    """What a login gives.

    Attributes
    ----------
    expires_in, refresh_expires_in : int, s
    """

    access_token: str
    refresh_token: str
    id_token: str
    expires_in: int
    refresh_expires_in: int
    session_id: str


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


class Tokens:
    """Makes and checks all tokens of one store.

    Parameters
    ----------
    issuer : str
        The realm's URL, as it stands in the tokens.
    lifetime_s : int
        Of an access token; a refresh token lives ten times as long.
    clock : callable
        Seconds since the epoch.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        *,
        issuer: str,
        lifetime_s: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._key = _load_key(store.folder / "key.pem")
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = base64.urlsafe_b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")
        private = self._key.private_numbers().d
        self._secret = hashlib.sha256(private.to_bytes((private.bit_length() + 7) // 8, "big")).digest()
        self.issuer = issuer
        self.lifetime_s = lifetime_s
        self._clock = clock

    def public_key(self) -> dict[str, Any]:
        """Give the public key as a JSON Web Key."""
        key: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"kid": self.key_id, "kty": "RSA", "alg": "RS256", "use": "sig", "n": key["n"], "e": key["e"]}

    def public_key_body(self) -> str:
        """Give the public key as the bare base64 text that Keycloak's realm page shows."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(public).decode()

    def _sign(self, user: User, kind: str, lifetime_s: int, session_id: str) -> str:
        now = self._clock()
        claims: dict[str, Any] = {
            "exp": math.ceil(now + lifetime_s),
            "iat": int(now),
            "jti": str(uuid.uuid4()),
            "iss": self.issuer,
            "sub": user.user_id,
            "typ": kind,
            "azp": CLIENT_ID,
            "session_state": session_id,
            "scope": "openid profile email",
        }
        if kind == "ID":
            claims["aud"] = CLIENT_ID
        if kind != "Refresh":
            claims |= {
                "name": user.name,
                "preferred_username": user.username,
                "given_name": user.first_name,
                "family_name": user.last_name,
                "email": user.email,
            }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.key_id})

    def login(self, user: User, session_id: str | None = None) -> TokenPair:
        """Make the tokens of a new login, or of a going on one."""
        session = session_id or str(uuid.uuid4())
        refresh_s = self.lifetime_s * REFRESH_FACTOR
        refresh = self._sign(user, "Refresh", refresh_s, session)
        token_id = self._claims(refresh)["jti"]
        with self._store.change() as connection:
            connection.execute("DELETE FROM refresh_tokens WHERE expires_s < ?", (self._clock(),))
            connection.execute(
                "INSERT INTO refresh_tokens VALUES (?, ?, ?, ?)",
                (token_id, user.user_id, session, self._clock() + refresh_s),
            )
        return TokenPair(
            access_token=self._sign(user, "Bearer", self.lifetime_s, session),
            refresh_token=refresh,
            id_token=self._sign(user, "ID", self.lifetime_s, session),
            expires_in=self.lifetime_s,
            refresh_expires_in=refresh_s,
            session_id=session,
        )

    def refresh(self, token: str) -> TokenPair:
        """Trade a refresh token for new tokens; it is good for one time.

        Raises
        ------
        TokenRefused
            Expired, used, or not one of ours.
        """
        claims = self._own(token, "Refresh", refused="Invalid refresh token")
        with self._store.change() as connection:
            gone = connection.execute("DELETE FROM refresh_tokens WHERE token_id = ?", (claims["jti"],)).rowcount == 0
        user = self._accounts.get(claims["sub"])
        if gone or user is None:
            raise TokenRefused("Token is not active")
        return self.login(user, claims["session_state"])

    def logout(self, token: str) -> None:
        """End the login that a refresh token belongs to.

        Raises
        ------
        TokenRefused
        """
        claims = self._own(token, "Refresh", refused="Invalid refresh token")
        with self._store.change() as connection:
            connection.execute("DELETE FROM refresh_tokens WHERE session_id = ?", (claims["session_state"],))

    def _claims(self, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims

    def _own(self, token: str, kind: str, *, refused: str) -> dict[str, Any]:
        try:
            claims = self._check(token)
        except jwt.ExpiredSignatureError as error:
            raise TokenRefused("Token is not active") from error
        except jwt.InvalidTokenError as error:
            raise TokenRefused(refused) from error
        if claims.get("typ") != kind:
            raise TokenRefused(refused)
        return claims

    def _check(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("kid") != self.key_id:
            raise jwt.InvalidTokenError("The token was signed with an unknown key")
        options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(
            token, self._key.public_key(), algorithms=["RS256"], issuer=self.issuer, options=options
        )
        if claims.get("exp", 0) <= self._clock():
            raise jwt.ExpiredSignatureError("Signature has expired")
        return claims

    def read_access_token(self, token: str) -> User:
        """Give the user that an access token speaks for.

        Raises
        ------
        TokenRefused
            With PyJWT's words, as v0 passes them on.
        """
        try:
            claims = self._check(token)
        except jwt.InvalidTokenError as error:
            raise TokenRefused(str(error)) from error
        user = self._accounts.get(claims.get("sub", ""))
        if claims.get("typ") != "Bearer" or user is None:
            raise TokenRefused("The token is no access token of a known user")
        return user

    def upload_token(self, user: User) -> str:
        """Give the token for uploads without a login; it does not run out."""
        payload = uuid.UUID(user.user_id).bytes
        signature = hmac.new(self._secret, payload, hashlib.sha1).digest()
        return f"{_b64(payload)}.{_b64(signature)}"

    def read_upload_token(self, token: str) -> User | None:
        """Give the user of an upload token, None for a wrong signature.

        Raises
        ------
        ValueError
            It has not the form of one; the real server answers 500 then.
        """
        payload, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
        if not hmac.compare_digest(signature, hmac.new(self._secret, payload, hashlib.sha1).digest()):
            return None
        return self._accounts.get(str(uuid.UUID(bytes=payload)))

    def signature_token(self, user: User, *, lifetime_s: int = SIGNATURE_LIFETIME_S) -> str:
        """Give the token for a download link; it lives ten seconds. With a longer life it is v1's app token."""
        claims = {"user": user.user_id, "exp": int(self._clock() + lifetime_s)}
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read_signature_token(self, token: str) -> User:
        """Give the user of a signature token.

        Raises
        ------
        TokenRefused
        """
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidTokenError as error:
            raise TokenRefused("Invalid token") from error
        if claims.get("exp", 0) <= self._clock():
            raise TokenRefused("Expired token")
        user = self._accounts.get(claims.get("user", ""))
        if user is None:
            raise TokenRefused("Invalid token")
        return user


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
