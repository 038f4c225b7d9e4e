"""`make doctor` where the services run on this machine."""

import json
import os
import subprocess
import sys

from tests.e2e.stack import SERVICES, Stack
from tests.needs import needs_env


def test_all_is_well_while_the_services_run(stack: Stack) -> None:
    """Every check of all four doctors is ok, and the exit code is 0."""
    needs_env("DEEPFACE_HOME")
    ports = {f"{name.upper()}_PORT": stack.address(name).rpartition(":")[2] for name in SERVICES}
    environment = {
        **os.environ,
        **ports,
        "JUDGE": "rubric",
        "KAFKA_BOOTSTRAP_SERVERS": "",
        "ORCHESTRATOR_DATABASE_URL": f"sqlite:///{stack.folder / 'orchestrator.db'}",
        "REPORT_FALLBACK_DIR": str(stack.reports),
    }
    done = subprocess.run(
        [sys.executable, "-m", "scripts.launcher", "doctor", "--json"],
        cwd=stack.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line for line in lines if not line["ok"]] == []
    assert done.returncode == 0, done.stderr
    checks = {line["check"].split()[0] for line in lines}
    assert checks >= {"store", "network", "peer", "kafka", "fallback", "weights", "judge", "disk", "clock"}
    assert [line.split(",")[0] for line in done.stderr.split("\n== ")[1:]] == [
        "orchestrator",
        "reporter",
        "emotion",
        "evaluator",
    ]
