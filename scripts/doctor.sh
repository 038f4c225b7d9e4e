#!/bin/sh
# Runs the doctor of every service: in its container where the stack runs in Docker, else here.
# STACK is the compose command; the arguments go to each doctor. Ends with 1 if one of them found something.
set -u
cd "$(dirname "$0")/.."
stack="${STACK:-docker compose}"

runs() { [ -n "$($stack ps --status running --quiet "$@" 2>/dev/null)" ]; }

examine() { # SERVICE ARGUMENT...: in its container; one that does not run gets one for this
    service="$1"
    shift
    if runs "$service"; then
        $stack exec -T "$service" python -m "services.$service" doctor "$@" </dev/null
    else
        $stack run --rm --no-deps -T "$service" doctor "$@" </dev/null
    fi
}

if ! command -v docker >/dev/null || ! runs; then
    scripts/venv.sh run || exit 2
    exec .venv/bin/python -m scripts.launcher doctor "$@"
fi
found=0
for service in orchestrator evaluator emotion reporter; do
    printf '\n== %s, in Docker\n' "$service" >&2
    examine "$service" "$@" || found=1
done
exit $found
