#!/bin/sh
# Generates the Python code and its typed stubs from protos/ into OUT (default: beside the protos).
set -eu
out="${1:-protos}"
venv="${VENV:-.venv}"
PATH="$venv/bin:$PATH"
python -m grpc_tools.protoc --proto_path=protos --python_out="$out" --pyi_out="$out" protos/interview/v1/*.proto
python -m grpc_tools.protoc --proto_path=protos --grpc_python_out="$out" --mypy_grpc_out="quiet:$out" \
    protos/interview/v1/*_service.proto
