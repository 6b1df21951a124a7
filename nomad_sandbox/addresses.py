"""Where everything lies on the embedded NOMAD: host, base paths, realm and client, in one place.

Knows names and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

HOST = "127.0.0.1"
PORT = 8008
KEYCLOAK_PATH = "/fairdi/keycloak/auth"
REALM = "fairdi_nomad_prod"
CLIENT_ID = "nomad_public"
ALIVE_PATH = "/sandbox/alive"  # who this is; no fault, rate or latency is met on the way there


@dataclass(frozen=True)
class Face:
    """One API of the embedded NOMAD.

    Attributes
    ----------
    nickname : str
        What users call it: ``--url sandbox-v1``.
    version : str
        Of the NOMAD that it is.
    base_path : str
    """

    nickname: str
    version: str
    base_path: str

    @property
    def snapshot(self) -> str:
        """The name of the pinned document that it serves."""
        return f"nomad-{self.version}"


V0_7 = Face("sandbox", "0.7.9", "/prod/rae/api")
V0_8 = Face("sandbox-0.8", "0.8.6", "/prod/rae-0.8/api")
V1 = Face("sandbox-v1", "1.4.3", "/prod/v1/api/v1")
FACES = (V0_7, V0_8, V1)


def below(path: str) -> str:
    """Give a path without the base path that it lies under.

    Examples
    --------
    >>> below("/prod/v1/api/v1/uploads"), below("/elsewhere")
    ('/uploads', '/elsewhere')
    """
    for base in (*(face.base_path for face in FACES), KEYCLOAK_PATH):
        if path.startswith(f"{base}/"):
            return path.removeprefix(base)
    return path
