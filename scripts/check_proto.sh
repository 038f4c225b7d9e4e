#!/bin/sh
# Fails when the generated code beside the protos is not what the protos give.
set -eu
fresh="$(mktemp -d)"
trap 'rm -rf "$fresh"' EXIT
scripts/proto.sh "$fresh"
for file in "$fresh"/interview/v1/*; do
    diff -u "protos/interview/v1/$(basename "$file")" "$file" || {
        echo "error: $(basename "$file") is not what the protos give: run make proto and commit the result" >&2
        exit 1
    }
done
