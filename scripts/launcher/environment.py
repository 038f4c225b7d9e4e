"""The environment of the services: .env under what is set already."""

import os
from pathlib import Path

from dotenv import dotenv_values

from scripts.launcher.services import HOST


def environment_with(file: Path) -> dict[str, str]:
    """What `file` sets, if it is there, and over it what this process was started with."""
    from_file = {name: value for name, value in dotenv_values(file).items() if value is not None}
    environment = {**from_file, **os.environ}
    # A proxy for the world outside must not take calls to this machine.
    direct = (HOST, "localhost", environment.get("no_grpc_proxy", environment.get("no_proxy", "")))
    return {**environment, "no_grpc_proxy": ",".join(direct).rstrip(",")}
