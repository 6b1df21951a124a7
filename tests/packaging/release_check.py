"""What a release must be: ``python -m tests.packaging.release_check [DIST]`` names all that is not so.

The version is the newest of the changelog, an sdist holds what git tracks, a wheel what the sdist has of the packages,
to the byte. ``TAG`` in the environment is the tag that is about to be published.
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import yaml

from nomad_swagger.version import __version__

TOP = Path(__file__).parents[2]
_HEADING = re.compile(r"^## (?P<version>\S+) \((?P<when>unreleased|\d{4}-\d{2}-\d{2})\)$", re.MULTILINE)
_MADE_BY_SETUPTOOLS = re.compile(r"PKG-INFO|nomad_swagger\.egg-info/.*")


def version_problems(changelog: str, citation: Mapping[str, object], tag: str = "") -> Iterator[str]:
    """Name what speaks of another version than ``nomad_swagger/version.py``."""
    newest = _HEADING.search(changelog)
    if newest is None:
        yield "CHANGELOG.md has no heading like '## 0.1.0 (unreleased)' or '## 0.1.0 (2026-01-31)'"
        return
    if newest["version"] != __version__:
        yield f"nomad_swagger/version.py says {__version__}, the newest heading of CHANGELOG.md {newest['version']}"
    if citation.get("version") != __version__:
        yield f"nomad_swagger/version.py says {__version__}, CITATION.cff {citation.get('version')}"
    if not tag:
        return
    if tag != f"v{__version__}":
        yield f"the tag is {tag}, not v{__version__}"
    if newest["when"] == "unreleased":
        yield f"CHANGELOG.md still calls {newest['version']} unreleased: put the day in its place"
    elif str(citation.get("date-released")) != newest["when"]:
        yield f"CITATION.cff was released on {citation.get('date-released')}, CHANGELOG.md says {newest['when']}"


def sdist_problems(sdist: Mapping[str, bytes], tracked: Mapping[str, bytes]) -> Iterator[str]:
    """Name what an sdist lacks, and what it has that git does not track."""
    for name in sorted(tracked.keys() - sdist.keys()):
        yield f"the sdist lacks {name}: MANIFEST.in"
    for name in sorted(sdist.keys() - tracked.keys()):
        if not _MADE_BY_SETUPTOOLS.fullmatch(name):
            yield f"the sdist has {name}, which git does not track"
    for name in sorted(tracked.keys() & sdist.keys()):
        same = tracked[name] == sdist[name] if name != "setup.cfg" else _config(tracked) == _config(sdist)
        if not same:
            yield f"the sdist has another {name} than the checkout"


def wheel_problems(wheel: Mapping[str, bytes], sdist: Mapping[str, bytes]) -> Iterator[str]:
    """Name where a wheel is not what the sdist has of the packages."""
    expected = dict(_installed(sdist))
    found = {name: content for name, content in wheel.items() if ".dist-info/" not in name}
    for name in sorted(expected.keys() - found.keys()):
        yield f"the wheel lacks {name}: [options.package_data] in setup.cfg"
    for name in sorted(found.keys() - expected.keys()):
        yield f"the wheel has {name}, the sdist has no such thing"
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            yield f"the wheel has another {name} than the sdist"


def _installed(sdist: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Give what belongs into the packages, by its name there."""
    config = _config(sdist)
    places = dict(line.split(" = ") for line in config["options"]["package_dir"])
    for package in config["options"]["packages"]:
        own, folder = package.replace(".", "/"), places.get(package, package.replace(".", "/"))
        patterns = ["*.py", *", ".join(config["options.package_data"].get(package, [])).split(", ")]
        for name, content in sdist.items():
            inside = PurePosixPath(name).relative_to(folder) if name.startswith(f"{folder}/") else None
            if inside and any(len(inside.parts) == p.count("/") + 1 and inside.match(p) for p in patterns if p):
                yield f"{own}/{inside}", content


def _config(files: Mapping[str, bytes]) -> dict[str, dict[str, list[str]]]:
    """Read ``setup.cfg``; setuptools writes it anew into an sdist, without comments and with a section of its own."""
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(files["setup.cfg"].decode())
    config.remove_section("egg_info")
    return {
        section: {key: value.strip().splitlines() for key, value in config[section].items()}
        for section in config.sections()
    }


def _sdist(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        files = ((member, tar.extractfile(member)) for member in tar.getmembers() if member.isfile())
        return {member.name.partition("/")[2]: file.read() for member, file in files if file is not None}


def _wheel(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}


def _tracked(top: Path) -> dict[str, bytes]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=top, check=True, capture_output=True, text=True).stdout
    return {name: (top / name).read_bytes() for name in listed.split("\0") if name and (top / name).is_file()}


def problems(dist: Path, tag: str = "") -> Iterator[str]:
    """Name all that is not so in the folder of an sdist and a wheel."""
    citation = yaml.safe_load((TOP / "CITATION.cff").read_text("utf-8"))
    yield from version_problems((TOP / "CHANGELOG.md").read_text("utf-8"), citation, tag)
    packages = sorted(path.name for path in dist.iterdir())
    if packages != [f"nomad_swagger-{__version__}-py3-none-any.whl", f"nomad_swagger-{__version__}.tar.gz"]:
        yield f"{dist} holds {', '.join(packages) or 'nothing'}, not one wheel and one sdist of {__version__}"
        return
    wheel, sdist = (_wheel(dist / packages[0]), _sdist(dist / packages[1]))
    yield from sdist_problems(sdist, _tracked(TOP))
    yield from wheel_problems(wheel, sdist)


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1] if sys.argv[1:] else "dist"), os.environ.get("TAG", "")))
    for line in found:
        print(line, file=sys.stderr)
    if found:
        raise SystemExit(1)
    print(f"nomad_swagger {__version__}: version, changelog, sdist and wheel agree")
