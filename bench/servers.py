"""The servers to measure against: nginx for answers and downloads, a socket that swallows uploads.

Both cost as little as can be, so that what is measured is the client. Knows where in the API the canned answers stand.
"""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SPECS = Path(__file__).resolve().parent.parent / "specs"
SPEC = SPECS / "nomad-0.8.6.json"
APIS = {"small": "nomad-0.8.6", "large": "nomad-0.8.6", "old": "nomad-0.7.9"}
UPLOAD_ID = "bench00000000000000000"
MEMBER = "calculation/wavefunctions.dat"
FILE = f"{UPLOAD_ID}/calculation/files.zip"
LARGE_PAGE_ENTRIES = 1000
ATOMS_PER_ARCHIVE = 144  # which makes the page one of 10 MB

_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    types {{ }}
    default_type application/json;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location ~ ^/(small|large|old)/api/swagger.json$ {{ try_files /$1-swagger.json =404; }}
        location ~ ^/(small|large)/api/repo/$ {{ try_files /$1.json =404; }}
        location = /large/api/archive/query {{ error_page 405 =200 /archives.json; return 405; }}
        location ~ ^/large/api/archive/{upload_id}/ {{ try_files /archive.json =404; }}
        location ~ ^/old/api/archive/{upload_id}/ {{ try_files /big-archive.json =404; }}
        location = /small/api/info/ {{ try_files /info.json =404; }}
        location ~ ^/small/api/raw/{upload_id}/calculation/?$ {{ try_files /listing.json =404; }}
        location = /small/api/raw/{upload_id}/calculation/files.zip {{
            default_type application/octet-stream; try_files /files.zip =404; }}
        location = /small/api/raw/{upload_id}/* {{
            default_type application/zip; try_files /files.zip =404; }}
    }}
}}
"""

_SINK = """
import json, socket
body = json.dumps({"upload_id": "u", "name": "n", "tasks_running": True, "process_running": False}).encode()
answer = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
block = memoryview(bytearray(1 << 20))
while True:
    client, _ = server.accept()
    head = b""
    while b"\\r\\n\\r\\n" not in head and (more := client.recv(1 << 16)):
        head += more
    head, _, begun = head.partition(b"\\r\\n\\r\\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\\r\\n")[1:])
    if fields.get(b"expect") == b"100-continue":
        client.sendall(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")
    left = int(fields.get(b"content-length", 0)) - len(begun)
    while left > 0 and (got := client.recv_into(block)):
        left -= got
    end = begun[-5:] if b"transfer-encoding" in fields else b"0\\r\\n\\r\\n"
    while end != b"0\\r\\n\\r\\n" and (got := client.recv_into(block)):
        end = (end + bytes(block[max(got - 5, 0):got]))[-5:]
    client.sendall(answer)
    client.close()
"""


@contextmanager
def answering(folder: Path) -> Iterator[str]:
    """Run nginx over a folder that :func:`fill` filled; gives the URL."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise SystemExit("bench needs nginx; `make bench` installs it (Debian: apt-get install nginx-light)")
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port, upload_id=UPLOAD_ID))
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(config), "-e", "stderr"])
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def swallowing() -> Iterator[str]:
    """Run a server that reads any request to its end, keeps nothing of it and answers like an upload; gives the URL."""
    process = subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def fill(folder: Path, *, transfer_bytes: int, archive_bytes: int) -> None:
    """Write what the servers give: the description, a small and a 1 MB page of a search, archives, a zip."""
    folder.chmod(0o755)  # nginx started by root reads as another user
    for api, spec in APIS.items():
        document = json.loads((SPECS / f"{spec}.json").read_text("utf-8"))
        _write(folder / f"{api}-swagger.json", {**document, "basePath": f"/{api}/api"})
    _write(folder / "small.json", _search_page(1))
    _write(folder / "large.json", _search_page(LARGE_PAGE_ENTRIES))
    _write(folder / "archives.json", _archive_page(LARGE_PAGE_ENTRIES))
    runs = [run for number in range(LARGE_PAGE_ENTRIES) for run in _archive(number)["section_run"]]
    _write(folder / "archive.json", {"section_run": runs})
    _write_big_archive(folder / "big-archive.json", archive_bytes)
    _write(folder / "info.json", {"version": "0.8.6", "release": "bench", "git": {}, "domains": [], "parsers": []})
    block = bytes(range(256)) * 4096
    with zipfile.ZipFile(folder / "files.zip", "w") as archive, archive.open(MEMBER, "w", force_zip64=True) as member:
        for _ in range(transfer_bytes // len(block)):
            member.write(block)
    size = (folder / "files.zip").stat().st_size
    _write(folder / "listing.json", {"upload_id": UPLOAD_ID, "contents": [{"name": "files.zip", "size": size}]})


def _search_page(entries: int) -> dict[str, object]:
    results = [_entry(number) for number in range(entries)]
    pagination = {"total": entries, "page": 1, "per_page": entries, "order": -1, "order_by": "upload_time"}
    return {"pagination": pagination, "results": results, "python": "", "curl": "", "query": {}}


def _archive_page(entries: int) -> dict[str, object]:
    results = [
        {"calc_id": _calc_id(number), "parser_name": "parsers/bench", "archive": _archive(number)}
        for number in range(entries)
    ]
    return {"pagination": {"total": entries, "page": 1, "per_page": entries}, "results": results}


def _archive(number: int) -> dict[str, Any]:
    """Give an archive of about 10 kB: positions and forces of many atoms, in SI units, with all their digits."""
    dice = random.Random(number)
    positions = [[dice.uniform(0, 1e-9) for _ in range(3)] for _ in range(ATOMS_PER_ARCHIVE)]
    system = {"atom_labels": ["Si", "O", "O"] * (ATOMS_PER_ARCHIVE // 3), "atom_positions": positions}
    return {"section_run": [{"program_name": "Quantum Espresso", "section_system": [system]}]}


def _write_big_archive(path: Path, size: int) -> None:
    """Write the archive of a long molecular dynamics run: frame after frame, the energy of the last one at its end."""
    frame = json.dumps(_archive(0)["section_run"][0]["section_system"][0])
    with path.open("w") as file:
        file.write('{"section_run": [{"section_system": [')
        file.write(", ".join([frame] * (size // len(frame))))
        file.write('], "section_single_configuration_calculation": [{"energy_total": -1.5e-17}]}]}')


def _calc_id(number: int) -> str:
    return f"calc{number:024}"


def _entry(number: int) -> dict[str, object]:
    """Give a search hit of about 1 kB, of the fields and nesting that NOMAD 0.8 gives."""
    return {
        "calc_id": _calc_id(number),
        "upload_id": UPLOAD_ID,
        "mainfile": MEMBER,
        "files": [MEMBER],
        "upload_time": "2020-05-04T12:33:21.123000",
        "last_processing": "2020-05-04T12:40:01.456000",
        "published": True,
        "processed": True,
        "with_embargo": False,
        "license": "CC BY 4.0",
        "domain": "dft",
        "formula": "Si2",
        "atoms": ["Si"],
        "n_atoms": 2,
        "comment": "silicon in the diamond structure, a plane-wave calculation " * 3,
        "references": [f"https://example.org/{number}"],
        "uploader": {"user_id": f"user{number % 7:020}", "name": "Ada Example"},
        "authors": [{"user_id": f"user{number % 7:020}", "name": "Ada Example"}],
        "owners": [{"user_id": f"user{number % 7:020}", "name": "Ada Example"}],
        "datasets": [],
        "dft": {
            "basis_set": "plane waves",
            "xc_functional": "GGA",
            "system": "bulk",
            "crystal_system": "cubic",
            "spacegroup": 227,
            "spacegroup_symbol": "Fd-3m",
            "code_name": "Quantum Espresso",
            "code_version": "7.2",
            "n_geometries": 1,
            "n_calculations": 1,
            "energy": -215.439 + number / 1000,
        },
    }


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise SystemExit("nginx did not start; its own words are above")
