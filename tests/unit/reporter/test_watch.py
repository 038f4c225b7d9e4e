"""Readiness and what is counted of waiting files."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from services.reporter.gateway import FilesOnly, Gateway
from services.reporter.watch import Watch
from tests.fakes.reporting import BARE, Reporting, record


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    reporting = Reporting(tmp_path / "reports")
    yield reporting
    reporting.disk.close()


async def look(reporting: Reporting, gateway: Gateway | None = None) -> tuple[bool, str]:
    """One look, and what it said."""
    said: list[tuple[bool, str]] = []

    async def set_ready(ready: bool, why: str = "") -> None:
        said.append((ready, why))

    await Watch(set_ready, gateway or reporting.gateway, reporting.disk, reporting.clock).look()
    return said[-1]


def metric(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"speakalka_fallback_{name}")


async def test_ready_when_it_can_file_or_deliver(reporting: Reporting) -> None:
    """Ready with a disk or with Kafka; without both not, and the reasons are told; ready again by itself."""
    reporting.circuit.open("brokers away")
    assert (await look(reporting))[0]
    reporting.layer.fails = lambda what: errno.ENOSPC if what == "sync" else None
    ready, why = await look(reporting)
    assert not ready
    assert "brokers away" in why
    reporting.circuit.close()
    assert (await look(reporting))[0]
    reporting.circuit.open("brokers away")
    reporting.layer.fails = lambda _: None
    assert (await look(reporting))[0]


async def test_not_ready_without_the_directory(reporting: Reporting) -> None:
    """A directory that cannot be opened is no place for reports."""
    reporting.directory.write_text("in the way")
    assert not (await look(reporting, FilesOnly()))[0]


async def test_waiting_files_are_counted(reporting: Reporting) -> None:
    """Files that wait and the age of the oldest; with files only, none waits for anything."""
    now = reporting.clock.now().timestamp()
    for interview_id in ("interview_A", "interview_B"):
        reporting.disk.fallback.file(record(interview_id))
    os.utime(reporting.directory / BARE, (now - 90, now - 90))
    reporting.circuit.open("brokers away")
    await look(reporting)
    assert metric("files") == 2
    assert metric("oldest_seconds") == pytest.approx(90, abs=0.01)
    await look(reporting, FilesOnly())
    assert (metric("files"), metric("oldest_seconds")) == (2, 0)


async def test_unfinished_files_go_after_an_hour(reporting: Reporting) -> None:
    """What a crashed writer left is removed an hour later."""
    await look(reporting)
    left = reporting.directory / ".tmp-left"
    left.write_bytes(b"half")
    now = reporting.clock.now().timestamp()
    os.utime(left, (now - 3590, now - 3590))
    await look(reporting)
    assert left.exists()
    reporting.clock.advance(20)
    await look(reporting)
    assert not left.exists()
