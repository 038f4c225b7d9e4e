#!/usr/bin/env bash
# Runs these tests in a Docker engine of their own, and takes it away again. Needs root, Debian, Java and Maven.
#
#   sudo tests/docker/run.sh [ARGUMENTS OF PYTEST IN PLACE OF tests/docker]
#
# Where there can be no engine it says so, and that the tests are left out; with CI=true that is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."

left_out() {
    echo "tests/docker: LEFT OUT: $*"
    [ "${CI:-}" != true ]
    exit
}

[ "$(id -u)" = 0 ] || left_out "a Docker engine needs root"
command -v apt-get >/dev/null || left_out "the engine is made of Debian's packages, and this is no Debian"

folder="$(mktemp -d)"
trap 'tests/docker/engine.sh down "$folder"' EXIT
reached="$(tests/docker/engine.sh up "$folder")" || left_out "no engine could be had, see above"
eval "$reached"

jars="$(.venv/bin/python -c 'from tests.kafka.jars import fetched_jars; print(fetched_jars())')"
docker build -q --build-arg BASE=python:3.11-slim-bookworm --build-context jars="$jars" \
    -t apache/kafka:4.3.1 tests/docker/images/kafka
docker build -q --build-arg BASE=python:3.11-slim-bookworm -t kafbat/kafka-ui:v1.5.0 tests/docker/images/kafka-ui
DOCKER_TESTS=yes .venv/bin/python -m pytest --durations=15 "${@:-tests/docker}"
