#!/bin/sh
# buf lint: with the buf on the PATH, or with one that npm puts into build/ (the package carries its binary).
set -eu
PATH="$PATH:build/node_modules/.bin"
if ! command -v buf >/dev/null && command -v npm >/dev/null; then
    npm install --silent --no-save --prefix build @bufbuild/buf@1.75.0
fi
if command -v buf >/dev/null; then
    buf lint
elif [ "${CI:-}" = true ]; then
    echo "error: CI=true, and there is neither buf nor npm" >&2
    exit 1
else
    echo "left out: buf lint (there is neither buf nor npm on this machine)"
fi
