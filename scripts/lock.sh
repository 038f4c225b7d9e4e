#!/bin/sh
# Writes the hashed lock files of requirements/, without the address of any index.
set -eu
uv="${UV:-.venv/bin/uv}"
lock() {
    file="$1"
    shift
    "$uv" pip compile pyproject.toml "$@" --universal --python-version 3.11 --generate-hashes --quiet \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file "requirements/$file.txt"
    echo "requirements/$file.txt"
}
# Everything in one set first; the others take their versions from it.
lock dev --all-extras
for service in orchestrator evaluator emotion reporter; do
    lock "$service" --extra "$service" --constraint requirements/dev.txt
done
lock run --extra orchestrator --extra evaluator --extra emotion --extra reporter --extra cli --constraint requirements/dev.txt
loose() {
    file="$1"
    shift
    printf '%s\n' "$@" | "$uv" pip compile - --universal --python-version 3.11 --generate-hashes --quiet \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file "requirements/$file.txt"
    echo "requirements/$file.txt"
}
loose build hatchling editables # what a wheel of ours is built with
loose uv uv                     # what installs all the others
