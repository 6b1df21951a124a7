#!/bin/sh
# The wheel and the sdist, each in an empty environment, from another folder, offline: the snapshots must be found.
set -eu
python=${1:-python3}
top=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for package in "$top"/dist/*.whl "$top"/dist/*.tar.gz; do
    name=$(basename "$package")
    "$python" -m venv "$work/$name"
    "$work/$name/bin/python" -m pip install --quiet "$package"
    cd "$work"
    for row in nomad-0.7.9:35 nomad-0.8.6:49 nomad-1.4.3:100 nomad-2.0.0:104; do
        snapshot=${row%:*} expected=${row#*:}
        got=$(NOMAD_SWAGGER_OFFLINE=1 HOME="$work" "$work/$name/bin/nomad-swagger" ops --spec "$snapshot" -o ids | wc -l)
        [ "$got" -eq "$expected" ] || { echo "$name: $snapshot lists $got operations, not $expected" >&2; exit 1; }
        echo "$name: $snapshot: $got operations"
    done
    "$work/$name/bin/python" -W error -c "import nomad_swagger"
    # what needs an extra asks for it when it is used, and then by name
    "$work/$name/bin/python" - <<'END'
import importlib, pkgutil
for room in ("flows", "science", "explore", "cli"):
    package = importlib.import_module(f"nomad_swagger.{room}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
from nomad_swagger import Archive, to_ase
try:
    to_ase(Archive({"run": [{"system": [{"atoms": {"labels": ["Si"], "positions": [[0, 0, 0]]}}]}]}))
except ModuleNotFoundError as error:
    assert error.name in ("ase", "numpy"), error.name
else:
    raise SystemExit("to_ase worked without ASE")
END
    { "$work/$name/bin/nomad-swagger" mcp 2>&1 || true; } | grep -q "pip install 'nomad-swagger\[mcp\]'"
done
