#!/bin/sh
# Installed from a wheelhouse by pip and by uv, each with an empty home and without a network: the demo runs.
set -eu
python=$("${1:-python3}" -c 'import sys; print(sys.executable)')
top=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$top/.venv/bin/python" -m pip wheel --quiet --wheel-dir "$work/wheelhouse" "$(ls "$top"/dist/*.whl)[sandbox]"
cp "$top/.venv/bin/uv" "$work/uv"

alone="unshare --net"
if ! $alone true 2>/dev/null; then alone="unshare --map-root-user --net"; fi
if ! $alone true 2>/dev/null; then
    echo "no network namespace can be made here: --no-index and --offline alone keep the network out" >&2
    alone=""
fi

for tool in pip uv; do
    mkdir "$work/home-$tool"
    env -i HOME="$work/home-$tool" PATH=/usr/bin:/bin $alone sh "$top/tests/packaging/demo_offline.sh" \
        "$tool" "$python" "$work/wheelhouse" "$work/uv" "${alone:+alone}"
done
