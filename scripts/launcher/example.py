"""Drives an example interview with `speakalka`, as any user would."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.launcher.processes import leashed


@dataclass(frozen=True, slots=True)
class Held:
    """How the interview ended: the exit code, and where its report is if it has one."""

    code: int
    delivery: Mapping[str, Any]


def hold(file: Path, address: str, *, with_photos: bool, environment: Mapping[str, str]) -> Held:
    """Holds the interview of `file`; it is shown on our stdout as it happens."""
    command = [sys.executable, "-m", "speakalka", "interview", str(file), "--address", address, "--json"]
    if not with_photos:
        command.append("--no-photos")
    # With --json people read stderr, and we the result.
    done = subprocess.run(
        leashed(command),
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=sys.stdout.fileno(),
        check=False,
    )
    result = json.loads(done.stdout) if done.returncode == 0 else {}
    return Held(done.returncode, result.get("delivery", {}))


def where_the_report_is(delivery: Mapping[str, Any], reports: Path) -> str:
    """One line for a person who wants to open it."""
    match delivery.get("status"):
        case "DELIVERY_STATUS_FILED":
            return str(reports / str(delivery["file_name"]))
        case "DELIVERY_STATUS_DELIVERED":
            partition, offset = delivery.get("partition", 0), delivery.get("offset", 0)
            return f"Kafka topic {delivery['topic']}, partition {partition}, offset {offset}"
        case "DELIVERY_STATUS_REJECTED":
            return str(reports / "rejected" / str(delivery.get("file_name", "")))
        case _:
            return "still in the orchestrator's store; the next start delivers it"
