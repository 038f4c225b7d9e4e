"""The doctors of all services, each with the settings that it would be started with here."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from scripts.launcher.ports import preferred
from scripts.launcher.processes import leashed
from scripts.launcher.services import SERVICES, service_environment


def examine(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 if all is well, else 1. Raises BadPort, BadValueFile."""
    services = tuple(preferred(service, environment) for service in SERVICES)
    well = True
    for service in reversed(services):
        print(f"\n== {service.name}, on this machine", file=sys.stderr, flush=True)
        command = leashed([sys.executable, "-m", service.module, "doctor", *arguments])
        variables = service_environment(service, services, environment)
        well &= subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, check=False).returncode == 0
    return 0 if well else 1
