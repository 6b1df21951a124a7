"""The code that v0 puts beside its results, which repeats the call."""

from __future__ import annotations

import json
from typing import Any

from nomad_sandbox.v0.call import Call


def code_of(call: Call, body: Any = None) -> dict[str, Any]:
    """Give the call as curl and Python, under the key or keys of this version."""
    url, method = call.request.url, call.operation.method
    if body is None:
        curl = f'curl -X {method} "{url}" -H "accept: application/json"'
        python = f'import requests\nresponse = requests.get("{url}")\ndata = response.json()'
    else:
        text = json.dumps(body)
        curl = f"curl -X {method} {url} -H 'Content-Type: application/json' -d '{text}'"
        python = f"import requests\nresponse = requests.post({url!r}, json={body!r})\ndata = response.json()"
    code = {"python": python, "curl": curl}
    if call.version.code_key is None:
        return code
    query = {name: call.request.args.getlist(name) for name in call.request.args if name in call.version.quantities}
    clientlib = (
        f"from nomad.client import ArchiveQuery\n\nquery = ArchiveQuery(query={query or body or {}!r})\nprint(query)"
    )
    return {call.version.code_key: {**code, "clientlib": clientlib}}
