#!/bin/sh
# Called by test_offline.sh, in an empty home: TOOL PYTHON WHEELHOUSE UV [alone]
set -eu
tool=$1 python=$2 wheelhouse=$3 uv=$4 alone=${5:-}

if [ "$alone" ]; then
    # a new network namespace has a loopback that is down, and nothing else
    "$python" - <<'END'
import fcntl, socket, struct
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError as error:
    print(f"no network: {error.strerror}")
else:
    raise SystemExit("there is a network")
END
fi

cd "$HOME"
if [ "$tool" = pip ]; then
    "$python" -m venv environment
    environment/bin/python -m pip install --quiet --no-index --find-links "$wheelhouse" 'nomad-swagger[sandbox]'
else
    "$uv" venv --quiet --offline --python "$python" environment
    "$uv" pip install --quiet --offline --no-index --find-links "$wheelhouse" --python environment/bin/python \
        'nomad-swagger[sandbox]'
fi
environment/bin/nomad-swagger --version
environment/bin/nomad-swagger demo >demo.txt 2>demo.log || { cat demo.txt demo.log >&2; exit 1; }
grep -q "215.439 eV" demo.txt || { cat demo.txt demo.log >&2; echo "the demo read no energy" >&2; exit 1; }
echo "$tool, empty home, no network: nomad-swagger demo runs"
