#!/usr/bin/env bash
# Make or update .venv from a lock: `make env`. PYTHON names the interpreter if the usual ones will not do.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=$1

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        if is_new_enough "$PYTHON"; then echo "$PYTHON"; return; fi
        echo "PYTHON=$PYTHON: is no Python 3.11 or newer ($("$PYTHON" --version 2>&1 || true)); name another." >&2
        exit 1
    fi
    for name in python3 python3.13 python3.12 python3.11; do
        if is_new_enough "$name"; then echo "$name"; return; fi
    done
    echo "Rootline needs Python 3.11 or newer; python3 here is $(python3 --version 2>&1 || true)." >&2
    echo "Install one (Debian 12 and Ubuntu 24.04 have it; conda create -n py312 python=3.12 works anywhere) and run" >&2
    echo "    make env PYTHON=/path/to/python3.12" >&2
    exit 1
}

# Debian ships Python without the part that makes environments.
need_ensurepip() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    local package command
    package="$("$1" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')"
    command="apt-get install -y $package"
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "Installing $package, which $1 lacks ..."
        apt-get update -qq && $command -qq >/dev/null
    elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
        echo "Installing $package, which $1 lacks ..."
        sudo apt-get update -qq && sudo $command -qq >/dev/null
    else
        echo "$1 cannot make environments (no ensurepip). On Debian or Ubuntu run" >&2
        echo "    sudo $command" >&2
        echo "and then make again." >&2
        exit 1
    fi
}

# The user's PATH has .venv/bin first when make runs; the interpreter must come from outside.
PATH=$(echo "$PATH" | tr ':' '\n' | grep -v -x -F "$PWD/.venv/bin" | paste -s -d:)

version() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }

python=$(find_python)
if ! is_new_enough .venv/bin/python || { [ -n "${PYTHON:-}" ] && [ "$(version .venv/bin/python)" != "$(version "$python")" ]; }; then
    need_ensurepip "$python"
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
fi

echo "Installing $(grep -c == "$lock") packages of $lock into .venv: 1 to 5 minutes the first time, seconds later ..."
if [ "$(uname -s)" = Linux ] && [ "$lock" = envs/cpu.lock ] && [ ! -e .venv/rootline-lock ] &&
    [ -z "${PIP_EXTRA_INDEX_URL:-}${PIP_INDEX_URL:-}${PIP_FIND_LINKS:-}" ]; then
    echo "(PyTorch from PyPI brings CUDA along, a few GB. For its small CPU build stop here and run"
    echo "    PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make env"
    echo " See envs/README.md.)"
fi
pip=(.venv/bin/python -m pip --disable-pip-version-check -qq)
# pip checks the hashes of all requirements of a call or of none, so that PyTorch, which has none in the lock, takes another.
hashed=$(mktemp)
plain=$(mktemp)
trap 'rm -f "$hashed" "$plain"' EXIT
grep -v '^torch==' "$lock" >"$hashed"
grep '^torch==' "$lock" >"$plain"
"${pip[@]}" install --require-hashes --no-deps -r "$hashed"
"${pip[@]}" install -r "$plain"
"${pip[@]}" install --no-deps --no-build-isolation -e .
