"""How much the orchestrator's fault tests do: little by default, all that is promised with FAULTS=large."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Of the model test: steps on each store. Of the kill tests: interviews, and kills meanwhile."""

    sqlite_steps: int
    postgres_steps: int
    interviews: int
    kills: int
    emotion_kills: int


_SMALL = Size(sqlite_steps=4_000, postgres_steps=1_000, interviews=60, kills=4, emotion_kills=1)
_LARGE = Size(sqlite_steps=50_000, postgres_steps=50_000, interviews=500, kills=40, emotion_kills=20)

SIZE = _LARGE if os.environ.get("FAULTS") == "large" else _SMALL
