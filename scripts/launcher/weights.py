"""The emotion model's weights: those that are there, else one bounded try to fetch them."""

import subprocess
import sys
from collections.abc import Callable, Mapping

from scripts.launcher.processes import leashed

_FETCH_SECONDS = 90.0


def emotion_can_serve(environment: Mapping[str, str], say: Callable[[str], None]) -> bool:
    """Whether there are weights on this machine now. If not, one line says so."""
    command = [sys.executable, "-m", "services.emotion", "fetch-weights"]
    try:
        done = subprocess.run(
            leashed(command),
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _without(f"fetching took more than {_FETCH_SECONDS:.0f} s", say)
    if done.returncode == 0:
        return True
    lines = (done.stderr or done.stdout).strip().splitlines()
    return _without(lines[-1] if lines else f"fetch-weights ended with code {done.returncode}", say)


def _without(why: str, say: Callable[[str], None]) -> bool:
    say(f"No weights for emotion: the interview goes on without readings ({why}).")
    return False
