"""What doctors share: the disk, a folder, a port, the clock, and how findings are printed."""

import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.common import checks
from services.common.doctor import parsed
from tests.faults.disk.troubles import small_disk

NOW = datetime.now(UTC)


def test_a_folder_that_takes_files_is_left_as_it_was(tmp_path: Path) -> None:
    """A file is written, and gone again."""
    assert checks.folder("store", tmp_path, do="x").ok
    assert list(tmp_path.iterdir()) == []


def test_a_full_volume_takes_no_file_and_has_no_room(tmp_path: Path) -> None:
    """Both say so, with the system's own words and what is free."""
    with small_disk(tmp_path / "volume") as volume:
        seen = os.statvfs(volume)
        (volume / "filler").write_bytes(b"x" * (seen.f_bavail * seen.f_frsize))
        taken = checks.folder("store", volume, do="make room")
        left = checks.room("disk", volume, least_bytes=1, do="make room")
    assert (taken.ok, taken.told) == (False, f"{volume}: No space left on device")
    assert (left.ok, left.told) == (False, "0 MiB free, less than 0")


def test_a_volume_that_is_read_only_takes_no_file(tmp_path: Path) -> None:
    """As the kernel leaves a disk after errors."""
    with small_disk(tmp_path / "volume") as volume:
        subprocess.run(["mount", "-o", "remount,ro", volume], check=True)
        taken = checks.folder("store", volume, do="see its disk")
    assert taken.told == f"{volume}: Read-only file system"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """For the folder and for the disk under it."""
    away = tmp_path / "away"
    for finding in (checks.folder("f", away, do="x"), checks.room("f", away, least_bytes=1, do="x")):
        assert finding.told == f"{away}: No such file or directory"


def test_room_is_told_in_mebibytes(tmp_path: Path) -> None:
    """Enough of it is ok; with little the bound is told."""
    assert checks.room("disk", tmp_path, least_bytes=1, do="").told.endswith(" MiB free")
    assert checks.room("disk", tmp_path, least_bytes=2**60, do="").told.endswith(
        "less than 1,099,511,627,776"
    )


def test_a_port_on_which_nobody_listens_is_told() -> None:
    """The system's own reason; an address of IPv6 may stand in brackets."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert checks.reach("broker", address, do="").ok
    assert checks.reach("broker", address, do="").told == "Connection refused"
    assert checks.host_and_port("[::1]:9092") == ("::1", 9092)


@pytest.mark.parametrize("wrong", ["kafka1", ":9092", "kafka1:", "kafka1:http", f"{'x' * 64}:1"])
def test_what_is_no_address_is_told(wrong: str) -> None:
    """In the network, and for the port."""
    for finding in (checks.network([wrong], do="x"), checks.reach("broker", wrong, do="x")):
        assert not finding.ok
        assert repr(wrong) in finding.told


def test_a_clock_is_compared_with_all_that_is_known() -> None:
    """Agreement names them; each that disagrees is told, and which way."""
    assert checks.clock(NOW, ahead_of_us={"a": 1.0, "b": -4.0}).told.endswith("within 5 s of a, b")
    told = checks.clock(NOW, ahead_of_us={"a": 60.0, "b": -4000.0, "c": 0.0}).told
    assert told == "60 s behind a; 4,000 s ahead of b"


def test_a_clock_cannot_be_before_what_has_happened() -> None:
    """The installation of this very program, and whatever else is known to lie in the past."""
    assert "the installation was at" in checks.clock(datetime(1970, 1, 1, tzinfo=UTC)).told
    told = checks.clock(NOW, past={"the newest interview": NOW + timedelta(hours=1)}).told
    assert "and the newest interview was at" in told
    assert checks.clock(NOW, past={"the newest interview": NOW - timedelta(hours=1)}).ok


def test_json_may_stand_before_and_after_the_command() -> None:
    """`doctor --json`; without a command the service is to serve."""
    assert parsed("evaluator", ["doctor", "--json"]).json
    assert parsed("evaluator", []).command is None
