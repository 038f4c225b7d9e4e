#!/bin/sh
# Makes .venv with requirements/SET.txt (run or dev), every hash checked. Does nothing while nothing changed.
set -eu
set_name="$1"

wanted() { # changes with the requirements, the project's own metadata, and where the folder stands
    { pwd; cat "requirements/$1.txt" requirements/build.txt requirements/uv.txt pyproject.toml scripts/venv.sh; } | cksum
}
up_to_date() { [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$(wanted "$1")" ]; }
recent_python() { # the first Python that is new enough
    for python in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$python" && return
    done
    echo "error: Python 3.11 or newer is needed; set PYTHON to where it is" >&2
    exit 1
}
install() { .venv/bin/uv pip install --python .venv/bin/python --quiet "$@"; }

# dev holds all of run.
if .venv/bin/python -c '' 2>/dev/null && { up_to_date dev || up_to_date "$set_name"; }; then exit 0; fi

if ! .venv/bin/uv --version >/dev/null 2>&1 || ! .venv/bin/python -c '' 2>/dev/null; then
    python="$(recent_python)"
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        echo "error: $python has no pip; install it (Debian: apt-get install python3-pip) and try again" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear --without-pip .venv
    "$python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check \
        --require-hashes -r requirements/uv.txt
fi
# A mirror that pip is set up for is meant for uv too.
index="$(${python:-python3} -m pip config get global.index-url 2>/dev/null || true)"
if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$index"; fi

echo "Installing requirements/$set_name.txt ..."
install --require-hashes -r "requirements/$set_name.txt"
install --no-deps --build-constraints requirements/build.txt -e .
wanted "$set_name" > ".venv/installed-$set_name"
