"""One launcher per folder."""

import os
from pathlib import Path

import pytest

from scripts.launcher.alone import NotAlone, alone_in


def test_a_second_launcher_is_told_of_the_first(tmp_path: Path) -> None:
    """Two would write to one store; the second one names the first one's process and stops."""
    with (
        alone_in(tmp_path / "build"),
        pytest.raises(NotAlone, match=f"process {os.getpid()}"),
        alone_in(tmp_path / "build"),
    ):
        pass


def test_the_next_one_may_start(tmp_path: Path) -> None:
    """The lock goes with its holder."""
    with alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass
