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
done
