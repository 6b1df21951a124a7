"""A large file up and down, as a user sends and gets it: with the size looked up, the checks made, the file renamed."""

from __future__ import annotations

from bench.measure import command, side_by_side, timed
from bench.plan import Plan
from bench.servers import FILE, SPEC, UPLOAD_ID
from bench.slow import LATENCY_S, slow_nomad
from bench.table import Aim, Table, Way

_AS_FAST = Aim(1.0, "ratio", "≤ 1.00 x curl")
_FASTER_UP = Aim(0.8, "ratio", "≤ 0.80 x curl")
_CHECKED = Aim(1.2, "ratio", "≤ 1.20 x curl")
_TENFOLD = Aim(0.1, "ratio", "≤ 0.10 x one by one")
_FLAT = Aim(16, "MiB", "+16 MiB")
# What the first call of all imports is no matter of how much is transferred; one turn each would count it.
_IMPORT = "import nomad_swagger as ns, nomad_swagger.flows.download, nomad_swagger.flows.sending\n"
_CONNECT = _IMPORT + 'client = ns.connect("{url}", spec="nomad-0.8.6", token="t")'
_CONNECT_TO = _IMPORT + 'client = ns.connect("{url}", spec="nomad-0.8.6")'
_BRAVADO = """
import json
from pathlib import Path
from bravado.client import SwaggerClient
document = json.loads(Path({spec!r}).read_bytes()) | {{"basePath": "/{path}"}}
client = SwaggerClient.from_spec(document, origin_url="{url}", config={{"validate_swagger_spec": False}})
"""
_TO = "import shutil, tempfile\nfolder = tempfile.mkdtemp(dir={folder!r})\n"
_REMOVE = "shutil.rmtree(folder)"


def measure(plan: Plan) -> list[Table]:
    """Give the tables."""
    size = (plan.folder / "files.zip").stat().st_size / (1 << 30)
    rounds = plan.rounds(7, 3)
    return [
        side_by_side(f"{size:.3g} GiB up", _up(plan), rounds=rounds, home=plan.home),
        side_by_side(f"{size:.3g} GiB down", _down(plan), rounds=rounds, home=plan.home),
        _many(plan),
    ]


def _many(plan: Plan) -> Table:
    """Measure many small files of an embedded NOMAD that takes its time for each answer."""
    count = plan.rounds(1000, 200)
    with slow_nomad(count, LATENCY_S) as (url, upload_id):
        connect = _CONNECT_TO.format(url=url) + "\n" + _TO.format(folder=str(plan.home))
        listed = f"paths = [file.path for file in ns.files(client, ns.Upload({upload_id!r}))]"
        loop = f"""
session = requests.Session()
for path in paths:
    with open(folder + "/" + path.replace("/", "-"), "wb") as file:
        file.write(session.get("{url}/raw/{upload_id}/" + path).content)
"""
        ours = f"ns.download(client, ns.Upload({upload_id!r}), to=folder, include=['*'], jobs=16)"
        ways = [
            timed("requests, one by one", loop, setup=f"import requests\n{connect}\n{listed}", after=_REMOVE),
            timed("ours, `jobs=16`", ours, _TENFOLD, _FLAT, setup=connect, after=_REMOVE),
        ]
        title = f"{count} files from a server that takes {LATENCY_S * 1000:.0f} ms for each answer"
        return side_by_side(title, ways, rounds=1, home=plan.home)


def _up(plan: Plan) -> list[Way]:
    file, url = str(plan.folder / "files.zip"), f"{plan.sink}/api"
    put = f'requests.put("{url}/uploads/?name=files.zip", data=file).raise_for_status()'
    send = "client.uploads.upload(file=file, name='files.zip').response()"
    return [
        command("curl -T", "curl", "-sS", "-f", "-T", file, f"{url}/uploads/?name=files.zip"),
        timed(
            "ours: `ns.upload(…)`", f"ns.upload(client, {file!r})", _FASTER_UP, _FLAT, setup=_CONNECT.format(url=url)
        ),
        timed("requests, `data=file`", f"with open({file!r}, 'rb') as file:\n    {put}", setup="import requests"),
        timed(
            "raw bravado",
            f"with open({file!r}, 'rb') as file:\n    {send}",
            setup=_BRAVADO.format(spec=str(SPEC), url=plan.sink, path="api"),
        ),
    ]


def _down(plan: Plan) -> list[Way]:
    to, connect = _TO.format(folder=str(plan.home)), _CONNECT.format(url=plan.api)
    url = f"{plan.api}/raw/{FILE}"
    upload_id, _, path = FILE.partition("/")
    stream = f"""
with requests.get("{url}", stream=True) as answer, open(folder + "/x", "wb") as file:
    answer.raise_for_status()
    for chunk in answer.iter_content(1 << 20):
        file.write(chunk)
"""
    call = f"client.raw.get(upload_id={upload_id!r}, path={path!r}).response().incoming_response.raw_bytes"
    whole = f'with open(folder + "/x", "wb") as file:\n    file.write({call})'
    bravado = _BRAVADO.format(spec=str(SPEC), url=plan.url, path="small/api")
    file, zipped = (
        f"ns.download(client, {FILE!r}, to=folder)",
        f"ns.download(client, ns.Upload({UPLOAD_ID!r}), to=folder)",
    )
    return [
        command("curl -o", "curl", "-sS", "-f", "-o", str(plan.home / "x"), url),
        timed("ours: `ns.download(…)`, a file", file, _AS_FAST, _FLAT, setup=connect + "\n" + to, after=_REMOVE),
        timed("ours, a zip, checked while it comes", zipped, _CHECKED, _FLAT, setup=connect + "\n" + to, after=_REMOVE),
        timed("requests, `iter_content(1 MiB)`", stream, setup="import requests\n" + to, after=_REMOVE),
        timed("raw bravado, `raw_bytes`", whole, setup=bravado + to, after=_REMOVE),
    ]
