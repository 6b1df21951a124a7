# NOMAD from Python: bravado
#
# NOMAD describes its own API in a file, `swagger.json`. `bravado` reads that file and makes a Python function of each
# operation: `client.repo.search`, `client.uploads.upload`, `client.raw.get`. This is NOMAD's classic tutorial; it needs
# `pip install bravado python-keycloak` and nothing else.
#
# Start a fresh sandbox in a second terminal, `nomad-swagger sandbox --local-folder .`, and paste this into `python`;
# both in the folder `tutorials` with its [data](data/), which `nomad-swagger tutorials` writes where you have none
# ([README.md](README.md)). All code of this page in one file is
# [classic_bravado.py](classic_bravado.py). For a real NOMAD set the environment variables `API` and `KEYCLOAK`.


import os
import tarfile
import time
import zipfile
from pathlib import Path
from urllib.parse import quote, urlparse

from bravado.client import SwaggerClient
from bravado.exception import HTTPNotFound, HTTPUnauthorized
from bravado.requests_client import Authenticator, RequestsClient
from keycloak import KeycloakOpenID
from keycloak.exceptions import KeycloakError

API = os.environ.get("API", "http://127.0.0.1:8008/prod/rae/api")
KEYCLOAK = os.environ.get("KEYCLOAK", "http://127.0.0.1:8008/fairdi/keycloak/auth/")
DATA = Path("data")
WORK = Path("work")
WORK.mkdir(exist_ok=True)


# Login
#
# bravado asks an *authenticator* before each request to this host. Ours gets a token with name and password the first
# time, renews it when it is about to run out, and starts again with the password when the renewal is refused.
#
# Three details cost people hours. The host must be written with its port, as in the address, or the calls go out
# without a token and only find public data. The address of Keycloak must end with a slash. And an entry for the host in
# your `~/.netrc` would silently replace the token.


class KeycloakAuthenticator(Authenticator):
    """Log in at Keycloak with name and password, and keep the token fresh."""
    def __init__(self, host, user, password):
        super().__init__(host)
        self.user, self.password = user, password
        self.keycloak = KeycloakOpenID(server_url=KEYCLOAK, realm_name="fairdi_nomad_prod", client_id="nomad_public")
        self.token = None
        self.expires = 0.0
    def log_in(self):
        if self.token is not None:
            try:
                return self.keycloak.refresh_token(self.token["refresh_token"])
            except KeycloakError:
                pass  # too old to be renewed: the password still works
        return self.keycloak.token(username=self.user, password=self.password)
    def apply(self, request):
        if self.token is None or time.monotonic() > self.expires:
            asked = time.monotonic()
            self.token = self.log_in()
            lifetime = self.token["expires_in"]
            self.expires = asked + lifetime - min(10, lifetime / 3)
        request.headers.setdefault("Authorization", f"Bearer {self.token['access_token']}")
        request.auth = lambda prepared: prepared  # leave the header alone, whatever stands in ~/.netrc
        return request


# Clients
#
# A client reads `swagger.json` when it is made, which takes a moment: make one and keep it. We make three, one of them
# for nobody in particular.


def connect(user=None, password="password"):
    http_client = RequestsClient()
    if user is not None:
        http_client.authenticator = KeycloakAuthenticator(urlparse(API).netloc, user, password)
    return SwaggerClient.from_url(f"{API}/swagger.json", http_client=http_client)


client = connect("leonard.hofstadter@nomad-fairdi.tests.de")
sheldon = connect("sheldon.cooper@nomad-fairdi.tests.de")
anyone = connect()


# An operation gives a future; `.response().result` sends the request and gives the answer. How many entries with
# silicon and oxygen are there?


result = client.repo.search(atoms=["Si", "O"]).response().result
print(result.pagination.total)


# None, in a new sandbox. Let us change that.
#
# Upload a file
#
# One archive with everything in it: `.zip` or `.tgz`. bravado reads the whole file into memory, twice; for gigabytes
# take `curl`.


with tarfile.open(WORK / "silica.tgz", "w:gz") as packed:
    packed.add(DATA / "cristobalite", "cristobalite")
    packed.add(DATA / "silicon", "silicon")

with (WORK / "silica.tgz").open("rb") as file:
    upload = client.uploads.upload(file=file, name="silica").response().result

print(upload.name, upload.tasks_status)


# NOMAD answers at once and works on. Look again until it is done: no task runs, and no process.


def settle(upload):
    while upload.tasks_running or upload.process_running:
        time.sleep(0.5)
        upload = client.uploads.get_upload(upload_id=upload.upload_id).response().result
    return upload


upload = settle(upload)
print(f"{upload.processed_calcs} processed, {upload.failed_calcs} failed")


# An upload that fails
#
# Whether a file is any good shows only in processing. If it is not, the reason is in `errors`, and all that is left is
# to delete the upload. It is gone when asking for it gives "not found".


def delete(upload):
    client.uploads.delete_upload(upload_id=upload.upload_id).response()
    try:
        while True:
            client.uploads.get_upload(upload_id=upload.upload_id).response()
            time.sleep(0.5)
    except HTTPNotFound:
        print("deleted")


(WORK / "bad.zip").write_text("this is no zip")
with (WORK / "bad.zip").open("rb") as file:
    bad = settle(client.uploads.upload(file=file).response().result)

if bad.tasks_status != "SUCCESS":
    print(bad.errors)
    delete(bad)


# Before it is published
#
# Only you can read your files. Operations that give files have no described answer, so `.result` is None for them: the
# bytes are on `incoming_response`.


def read(some_client, upload_id, path):
    return some_client.raw.get(upload_id=upload_id, path=path).response().incoming_response.raw_bytes


print(len(read(client, upload.upload_id, "silicon/si.out")), "bytes")
try:
    read(anyone, upload.upload_id, "silicon/si.out")
except HTTPUnauthorized as error:
    print("refused:", error.response.json()["message"])


# Publish
#
# Say what it is, and publish. Send this once: a second `publish` while the first is running would replace what you
# said. From the answer on, look until no process runs; a NOMAD that forgets published uploads answers "not found"
# instead, which is good news, too.


def publish(upload, **metadata):
    client.uploads.exec_upload_operation(
        upload_id=upload.upload_id, payload={"operation": "publish", "metadata": metadata}
    ).response()
    try:
        while client.uploads.get_upload(upload_id=upload.upload_id).response().result.process_running:
            time.sleep(0.5)
    except HTTPNotFound:
        pass  # older servers
    print("published")


publish(
    upload,
    comment="Silica and silicon with plane waves",
    references=["https://doi.org/10.1088/0953-8984/21/39/395502"],
    embargo_length=0,
)


# Find it
#
# `paths` finds entries by any folder or file name on the way to their files. It takes a list, also for one name.
# Prepare for none, one or several hits: other people choose folder names, too.


result = client.repo.search(paths=["cristobalite"]).response().result
if result.pagination.total == 0:
    print("not found")
elif result.pagination.total > 1:
    print("more than one")

entry = result.results[0]
print(entry["formula"], entry["code_name"], entry["mainfile"])


result = client.repo.search(atoms=["Si", "O"]).response().result
print(result.pagination.total, "entry with silicon and oxygen")
print(client.repo.search(only_atoms=["Si"], per_page=0).response().result.pagination.total, "of silicon alone")


# Get it


mainfile = read(anyone, entry["upload_id"], entry["mainfile"])
print(mainfile == (DATA / "cristobalite/sio2.out").read_bytes())


# Public files have plain addresses that work in a browser, with curl, or in a paper's supplement: the mainfile, and
# everything in its folder as a zip.


folder = entry["mainfile"].rpartition("/")[0]
print(f"{API}/raw/{entry['upload_id']}/{quote(entry['mainfile'])}")
print(f"{API}/raw/{entry['upload_id']}/{quote(folder)}/*")


# The same with bravado, and the files of a whole query. (To these NOMAD adds `manifest.json`, which says of which entry
# each mainfile is.)


def save(answer, name):
    (WORK / name).write_bytes(answer.response().incoming_response.raw_bytes)
    print([name for name in sorted(zipfile.ZipFile(WORK / name).namelist()) if name != "manifest.json"])


save(anyone.raw.get(upload_id=entry["upload_id"], path=f"{folder}/*"), "folder.zip")
save(anyone.raw.get_file_from_calc(upload_id=entry["upload_id"], calc_id=entry["calc_id"], path="*"), "entry.zip")
save(anyone.raw.raw_files_from_query(only_atoms=["Si", "O"], system="bulk", crystal_system="cubic"), "query.zip")


# The archive
#
# What NOMAD read from the files, the same tree for every code, in SI units.


answer = anyone.archive.get_archive_calc(upload_id=entry["upload_id"], calc_id=entry["calc_id"]).response()
run = answer.incoming_response.json()["section_run"][0]
energy = run["section_single_configuration_calculation"][-1]["energy_total"]  # J
print(run["program_name"], f"{energy / 1.602176634e-19:.3f} eV")

answer = anyone.archive.archive_query(only_atoms=["Si", "O"]).response()
print(answer.incoming_response.json()["pagination"]["total"])


# A dataset with a DOI
#
# A dataset puts entries together under a name, a DOI makes it citable. (On a real NOMAD a DOI is for ever.) bravado
# checks each answer against the description, and here NOMAD does not keep to its own: the dataset's date lacks a time
# zone. A client that does not check answers takes it; it can share the connection and the login of the first one.


lenient = SwaggerClient.from_url(
    f"{API}/swagger.json",
    http_client=client.swagger_spec.http_client,
    config={"validate_responses": False},
)
name = f"Silica: first steps {upload.upload_id}"  # a new one, however often you run this
lenient.repo.edit_repo(
    payload={
        "query": {"upload_id": upload.upload_id},
        "actions": {"datasets": [{"value": name}]},
    }
).response()
doi = lenient.datasets.assign_doi(name=name).response().result.doi
print(doi)
print(anyone.repo.search(dataset=[name]).response().result.pagination.total, "by its name")
print(anyone.repo.search(doi=[doi]).response().result.pagination.total, "by its DOI")
save(anyone.raw.raw_files_from_query(doi=[doi], file_pattern=["*.out"]), "doi.zip")


# Embargo and co-authors
#
# The second upload stays closed for twelve months, and Sheldon is its co-author. Co-authors are named by user id.
# NOMAD's list of users is not as its description says, and bravado refuses such an answer; bravado's HTTP client below
# it does not mind.


users = anyone.swagger_spec.http_client.request(
    {"method": "GET", "url": f"{API}/auth/users", "params": {"query": "sheldon"}}
)
sheldons_id = users.response().incoming_response.json()["users"][0]["user_id"]

with zipfile.ZipFile(WORK / "cutoffs.zip", "w", zipfile.ZIP_DEFLATED) as packed:
    for path in sorted((DATA / "silicon-cutoffs").rglob("si.*")):
        packed.write(path, path.relative_to(DATA))

with (WORK / "cutoffs.zip").open("rb") as file:
    closed = settle(client.uploads.upload(file=file, name="cut-offs").response().result)

publish(
    closed,
    comment="How many plane waves does silicon need?",
    coauthors=[sheldons_id],
    with_embargo=True,  # without it the length means nothing, and all is public at once
    embargo_length=12,
)


# Who sees what? A search without `owner` shows what you may also download. `owner="all"` shows entries under embargo as
# well, with their authors and comment, so that others know that the data exist.


def look(some_client, owner):
    result = some_client.repo.search(upload_id=[closed.upload_id], owner=owner).response().result
    return result.pagination.total, [author["name"] for entry in result.results[:1] for author in entry["authors"]]


print("nobody: ", look(anyone, "visible"), look(anyone, "all"))
print("Sheldon:", look(sheldon, "visible"), look(sheldon, "all"))
print("Leonard:", look(client, "visible")[0])


# Being a co-author is a credit and opens nothing. Share the entries with Sheldon, and he can read them,
# by entry; the paths of the upload stay its owner's:


client.repo.edit_repo(
    payload={
        "query": {"upload_id": closed.upload_id},
        "actions": {"shared_with": [{"value": sheldons_id}]},
    }
).response()
shared = (
    sheldon.repo.search(upload_id=[closed.upload_id], owner="shared", mainfile=["silicon-cutoffs/10Ry/si.out"])
    .response()
    .result.results[0]
)
file = sheldon.raw.get_file_from_calc(upload_id=closed.upload_id, calc_id=shared["calc_id"], path="si.out")
output = file.response().incoming_response.raw_bytes
print("Sheldon:", look(sheldon, "shared")[0], "entries,", len(output), "bytes")
try:
    read(anyone, closed.upload_id, "silicon-cutoffs/10Ry/si.out")
except HTTPUnauthorized:
    print("nobody:  refused")


# A file that already lies on the server
#
# If NOMAD runs on your own cluster, name the file instead of sending it. (The sandbox reads files of its
# `--local-folder` only.) An upload that is not published can be deleted.


local = settle(client.uploads.upload(local_path=str((WORK / "cutoffs.zip").resolve())).response().result)
print(f"{local.processed_calcs} processed, {local.failed_calcs} failed")
delete(local)
