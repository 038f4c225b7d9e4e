"""The calls printed in README work as printed, but for the port of this test's services."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.stack import Stack
from tests.needs import left_out

README = Path(__file__).parents[2] / "README.md"
PRINTED_ADDRESS = "127.0.0.1:50051"


def test_the_python_call_works(stack: Stack) -> None:
    """The Python example submits an answer, and prints its score and evaluation."""
    code = _block("python", stack)
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert re.match(r"\d+ \S", shown.stdout)


def test_the_grpcurl_call_works(stack: Stack) -> None:
    """The grpcurl example starts an interview and gets the score of its first answer, by reflection alone."""
    if shutil.which("grpcurl") is None:
        left_out("grpcurl is not on the PATH")
    command = ["bash", "-euo", "pipefail", "-c", _block("sh", stack)]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert shown.returncode == 0, shown.stderr
    assert '"score":' in shown.stdout


def _block(language: str, stack: Stack) -> str:
    """The code block of README that calls the orchestrator, with this test's address in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    (block,) = [block for block in blocks if PRINTED_ADDRESS in block]
    return str(block).replace(PRINTED_ADDRESS, stack.address("orchestrator"))
