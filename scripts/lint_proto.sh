#!/bin/sh
# buf lint, where buf is: on the PATH, or installed by `npm install --prefix build @bufbuild/buf`.
set -eu
PATH="$PATH:build/node_modules/.bin"
if command -v buf >/dev/null; then
    buf lint
elif [ "${CI:-}" = true ]; then
    echo "error: CI=true, and buf is not here" >&2
    exit 1
else
    echo "left out: buf lint (buf is not on this machine)"
fi
