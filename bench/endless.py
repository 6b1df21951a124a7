"""A server of as many entries as are asked for, made while they are sent: NOMAD v1's search and archives, no more.

It costs as little as can be, so that what is measured is the client. Runs in a process of its own: ``python -m
bench.endless COUNT`` prints its port.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SPEC = Path(__file__).resolve().parent.parent / "specs" / "nomad-1.4.3.json"
PER_UPLOAD = 100
_ATOMS = 20
_RUN = {
    "program": {"name": "VASP", "version": "6.3"},
    "calculation": [{"energy": {"total": {"value": -1.6e-17}}, "forces": {"total": {"value": [[0.1] * 3] * _ATOMS}}}],
}


def entry(number: int) -> dict[str, Any]:
    """Give a search hit."""
    return {
        "entry_id": f"{number:028d}",
        "upload_id": f"{number // PER_UPLOAD:022d}",
        "mainfile": f"run/{number}/vasprun.xml",
        "published": True,
        "with_embargo": False,
        "license": "CC BY 4.0",
        "upload_create_time": "2026-01-02T12:00:00Z",
        "main_author": {"name": "Leonard Hofstadter", "user_id": "1"},
        "results": {
            "material": {"elements": ["O", "Ti"], "chemical_formula_hill": "O2Ti", "n_elements": 2},
            "method": {"simulation": {"program_name": "VASP", "dft": {"xc_functional_type": "GGA"}}},
        },
    }


def search(body: dict[str, Any], count: int) -> dict[str, Any]:
    """Answer a search."""
    page = body["pagination"]
    begin = int(page.get("page_after_value", -1)) + 1
    end = min(begin + page["page_size"], count)
    told = {"total": count} | ({"next_page_after_value": f"{end - 1:028d}"} if end < count else {})
    return {"pagination": told, "data": [entry(number) for number in range(begin, end)]}


def archives(body: dict[str, Any]) -> dict[str, Any]:
    """Answer a query for archives."""
    ids = body["query"]["entry_id:any"]
    found = [{"entry_id": one, "upload_id": "", "parser_name": "x", "archive": {"run": [_RUN]}} for one in ids]
    return {"pagination": {"total": len(ids)}, "data": found}


def handler(count: int) -> type[BaseHTTPRequestHandler]:
    document = SPEC.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(document if self.path.endswith("openapi.json") else b"{}")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = archives(body) if self.path.endswith("archive/query") else search(body, count)
            self._send(json.dumps(answer).encode())

        def _send(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def main() -> None:
    """Serve until the process is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(int(sys.argv[1])))
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
