"""Memory that was given back is given back to the system, too."""

import platform
import subprocess
import sys

import pytest

# Large blocks between small ones that stay: where they stand on a heap, it cannot shrink below those.
LEFT = """
import os, sys
from pathlib import Path
from services.emotion.heaps import give_back_large_blocks
def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
if sys.argv[1] == "given back":
    give_back_large_blocks()
before = held()
b"x" * (8 * 2**20)
taken = [(b"x" * (6 * 2**20), b"y" * 100_000) for _ in range(10)]
stays = [small for _, small in taken]
del taken
print(held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that keeps them")
def test_large_blocks_do_not_stay() -> None:
    """Of 60 MiB that were freed nothing is held; left to itself glibc holds all of it."""

    def left(how: str) -> float:
        command = [sys.executable, "-c", LEFT, how]
        return float(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)

    assert left("as it is") > 50
    assert left("given back") < 10
