"""A real Keycloak on this machine, with a realm of ours, and what its administrator can see and do."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import requests

from nomad_swagger.settings import Keycloak

REALM = "fairdi_nomad_test"
USER, PASSWORD = "leonard", "a-real-word"
_REALM_FILE = Path(__file__).with_name("realm.json")
_PATIENCE_S = 600  # 40 s on an idle machine, the first time
_ADMIN = {"KEYCLOAK_ADMIN": "admin", "KEYCLOAK_ADMIN_PASSWORD": "admin"}
_BOOTSTRAP = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class KeycloakServer:
    """Unpacks a distribution into a folder of its own, and runs it there.

    Parameters
    ----------
    distribution : Path
        ``keycloak-<version>.zip``.
    tls : tuple of Path, optional
        Certificate and key: then it speaks https too.
    """

    def __init__(self, distribution: Path, tls: tuple[Path, Path] | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nomad-keycloak-"))
        with zipfile.ZipFile(distribution) as archive:
            archive.extractall(self._folder)
        (self.home,) = self._folder.iterdir()
        for script in (self.home / "bin").glob("*.sh"):
            script.chmod(0o755)
        (self.home / "data" / "import").mkdir(parents=True)
        shutil.copy(_REALM_FILE, self.home / "data" / "import")
        self._tls = tls
        self.port, self.tls_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self._folder / "log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/auth/"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}/auth/"

    def place(self, client_id: str = "nomad_public") -> Keycloak:
        return Keycloak(self.url, REALM, client_id)

    def start(self) -> None:
        words = [
            str(self.home / "bin" / "kc.sh"), "start-dev", "--import-realm", "--http-relative-path", "/auth",
            "--http-host", "127.0.0.1", "--http-port", str(self.port), "--https-port", str(self.tls_port),
        ]  # fmt: skip
        if self._tls:
            words += ["--https-certificate-file", str(self._tls[0]), "--https-certificate-key-file", str(self._tls[1])]
        env = {**os.environ, **_ADMIN, **_BOOTSTRAP, "JAVA_OPTS_APPEND": "-Xmx768m"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(words, env=env, stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                if requests.get(f"{self.url}realms/{REALM}", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"Keycloak did not come up:\n{self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def version(self) -> str:
        return str(self.admin("GET", "/serverinfo", whole=True)["systemInfo"]["version"])

    def admin(self, method: str, path: str, *, whole: bool = False, **more: Any) -> Any:
        """Ask the administrator's API, about the realm or with ``whole`` about the server."""
        token = requests.post(
            f"{self.url}realms/master/protocol/openid-connect/token",
            data={"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"},
            timeout=60,
        ).json()["access_token"]
        place = f"{self.url}admin{'' if whole else f'/realms/{REALM}'}{path}"
        answer = requests.request(method, place, headers={"Authorization": f"Bearer {token}"}, timeout=60, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def user_id(self, name: str) -> str:
        return str(self.admin("GET", f"/users?username={name}&exact=true")[0]["id"])

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        types = "".join(f"&type={kind}" for kind in kinds)
        return list(self.admin("GET", f"/events?max=5000{types}"))

    def forget_events(self) -> None:
        self.admin("DELETE", "/events")

    def wrong_passwords(self, name: str) -> int:
        """Give the lock-out counter of an account."""
        return int(self.admin("GET", f"/attack-detection/brute-force/users/{self.user_id(name)}")["numFailures"])
