"""What ``spec diff`` says of our commands is so: each is run at each API that the embedded NOMAD has.

A command that works at one API and not at another is listed in the diff of the two as one that will fail, and no other
is. 2.0.0 is the description of it, spoken to the embedded 1.4.3, whose operations it shares.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_sandbox.limits import Limits
from nomad_swagger import settings
from nomad_swagger.apispec.diff.commands import commands
from tests.cli.conftest import LEONARD, Say

pytestmark = pytest.mark.prompts  # a minute of one core; test_things.py has the small form
SILICON = Path(__file__).parents[2] / "tutorials" / "data" / "silicon"
# the description, and the API of the sandbox that it is spoken to
TARGETS = {
    "nomad-0.7.9": "sandbox",
    "nomad-0.8.6": "sandbox-0.8",
    "nomad-1.4.3": "sandbox-v1",
    "nomad-2.0.0": "sandbox-v1",
}
# Our commands that speak to a server, in an order in which they can be done. {fresh}, {doomed} and {closed} are
# unpublished uploads of the target's own, {mainfile} and {entry} are in a published one, {public}.
TRIED = {
    "whoami": "whoami",
    "doctor": "doctor",
    "token create": "token create diff",
    "token list": "token list -o ids",
    "token rotate": "token rotate {token}",
    "token revoke": "token revoke {token}",
    "uploads": "uploads",
    "upload": "upload {folder} --again --dry-run",
    "upload --name": "upload {folder} --again --name x --dry-run",
    "upload --local-path": "upload --local-path {folder}/si.in --dry-run",
    "upload --into": "upload {folder}/si.in --into {fresh} --wait",
    "put": "put {folder}/si.in {fresh} --wait",
    "rm": "rm {fresh}/si.in --yes",
    "process": "process {fresh} --yes --wait",
    "wait": "wait {fresh}",
    "show": "show {fresh}",
    "edit": "edit {fresh} --comment x",
    "edit --comment": "edit {fresh} --comment y",
    "edit --reference": "edit {fresh} --reference https://example.org",
    "edit --coauthor": "edit {fresh} --coauthor sheldon.cooper@nomad-fairdi.tests.de",
    "edit --reviewer": "edit {fresh} --reviewer sheldon.cooper@nomad-fairdi.tests.de",
    "edit --name": "edit {fresh} --name y",
    "users": "users sheldon",
    "delete": "delete {doomed} --yes",
    "publish": "publish {fresh} --yes",
    "publish --embargo-months": "publish {closed} --embargo-months 3 --yes",
    "search": "search elements=Si upload_id={public}",
    "cite": "cite {entry}",
    "open": "open {entry} --no-browser",
    "ls": "ls {public}",
    "cat": "cat {mainfile}",
    "download": "download {public} --to {target}",
    "archive": "archive {entry}",
    "archive --query-entries": "archive --query-entries upload_id={public}",
    "stats": "stats code",
    "stats upload_time": "stats upload_time",
    "dataset create": "dataset create {target} {fresh}",
    "dataset list": "dataset list",
    "dataset show": "dataset show {target}",
    "dataset add": "dataset add {target} {public} --yes",
    "dataset remove": "dataset remove {target} {public} --yes",
    "dataset doi": "dataset doi {target} --yes",
    "dataset delete": "dataset delete {target}-2 --yes",
    "mirror plan": "mirror plan upload_id={public}",
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(local_folder=SILICON, limits=Limits(unpublished=99)) as made:
        yield made


@pytest.fixture(scope="module")
def things(box: Sandbox) -> Mapping[str, Mapping[str, str]]:
    """For each target what its commands are about; all APIs show one store."""
    client = ns.connect(profile=settings.sandbox_profile(box.url), user=LEONARD, password="password")
    own = ("fresh", "doomed", "closed")
    made = {(target, name): ns.upload(client, SILICON / "si.out") for target in TARGETS for name in own}
    public = ns.publish(client, ns.upload(client, SILICON))
    (entry,) = ns.search(client, upload_id=public.upload_id)
    of_all = {"public": public.upload_id, "entry": entry.entry_id, "mainfile": f"{public.upload_id}/{entry.mainfile}"}
    for target in TARGETS:
        ns.create_dataset(client, f"{target}-2")
    return {
        target: {
            **of_all,
            "target": target,
            "folder": str(SILICON),
            **{name: ns.wait(client, made[target, name]).upload_id for name in own},
        }
        for target in TARGETS
    }


def test_a_command_fails_where_the_diff_says_so_and_nowhere_else(
    say: Say, box: Sandbox, things: Mapping[str, Mapping[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(commands()) <= set(TRIED), "what the diff knows is to be tried here"
    failed: dict[tuple[str, str], str] = {}
    for target, api in TARGETS.items():
        profile = settings.sandbox_profile(box.url, api)
        monkeypatch.setenv(settings.ENV_URL, profile.url)
        monkeypatch.setenv(settings.ENV_KEYCLOAK_URL, profile.keycloak.server_url if profile.keycloak else "")
        token = "x"
        for command, words in TRIED.items():
            try:
                said = say("--spec", target, *words.format(**things[target], token=token).split())
            except AssertionError as error:
                failed[target, command] = str(error)
            else:
                token = said.out.split()[0] if command == "token list" else token
    assert not [words for words in failed.values() if "Usage:" in words], "the server cannot; no line is wrong"
    wrong = []
    for old, new in itertools.permutations(TARGETS, 2):
        told = say("spec", "diff", old, new).out.splitlines()
        listed = {line.split("`")[1] for line in told if "` will fail" in line}
        fails = {command for command in TRIED if (old, command) not in failed and (new, command) in failed}
        wrong += [
            f"{old} → {new}: {one}: {failed.get((new, one)) or failed.get((old, one))}"
            for one in sorted(listed ^ fails)
        ]
    assert not wrong, "\n\n".join(wrong)
