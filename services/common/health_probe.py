"""Asks a server of ours for its health; a container's health check needs no other tool.

    python -m services.common.health_probe 127.0.0.1:50052 interview.v1.EvaluatorService

Ends with status 0 if the service serves, else with 1; one line says what was answered.
"""

import argparse
import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc


def main(arguments: list[str] | None = None) -> None:
    """Runs the probe and ends the process."""
    asked = _parser().parse_args(arguments)
    try:
        answer = health(asked.address, asked.service, asked.timeout_seconds)
    except grpc.RpcError as error:
        answer = f"no answer from {asked.address}: {error.code().name}"
    sys.stdout.write(f"{answer}\n")
    sys.exit(0 if answer == "SERVING" else 1)


def health(address: str, service: str, timeout_seconds: float) -> str:
    """What `service` says of itself, such as SERVING. Raises grpc.RpcError.

    `service` is a full name; "" asks only whether the process lives.
    """
    with grpc.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its type stubs know no methods
        reply = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=timeout_seconds)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.common.health_probe", description=__doc__)
    parser.add_argument("address", help="host:port")
    parser.add_argument("service", nargs="?", default="", help="full name of the gRPC service [the process]")
    parser.add_argument("--timeout-seconds", type=float, default=3, help="for the whole probe [3]")
    return parser


if __name__ == "__main__":
    main()
