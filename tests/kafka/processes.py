"""Starts child processes that cannot outlive this one, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_LEASH = Path(__file__).parents[2] / "scripts" / "launcher" / "leash.py"

# The kernel ends a leashed child with the *thread* that started it, so one thread that lives as long as
# the interpreter starts them all.
_LAUNCHER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-launcher")


def launch(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Starts `command` with its output appended to `log`; Ctrl-C in the terminal does not reach it."""
    return _LAUNCHER.submit(_launch, command, log).result()


def _launch(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    leashed = [sys.executable, "-I", "-S", str(_LEASH), str(int(signal.SIGKILL)), str(os.getpid()), *command]
    with log.open("ab") as output:
        return subprocess.Popen(
            leashed,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
