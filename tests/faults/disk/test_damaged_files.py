"""Files in the directory that are no reports: set aside or left alone, told, and never in the others' way."""

import os
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from services.reporter.record import LARGEST_BYTES
from tests.fakes.reporting import Reporting, eventually, passes
from tests.faults.disk.lives import A, drained, record_of
from tests.faults.disk.size import SIZE
from tests.needs import left_out

GOOD = record_of(A).value
NOBODY = 65534


def changed(**changes: object) -> bytes:
    """A good file with other values in its report."""
    message = orjson.loads(GOOD)
    message["report"].update(changes)
    return orjson.dumps(message)


NAN = GOOD.replace(b'"average_score":8.0', b'"average_score":NaN')
SCORE_11 = GOOD.replace(b'"score":8', b'"score":11')
HUGE = GOOD.replace(b'"language":"ru"', b'"language":"' + b"a" * LARGEST_BYTES + b'"')

# What it is, what it holds, and what is told of it.
DAMAGED = {
    "empty": (b"", "not JSON"),
    "not_json": (b"%PDF-1.7", "not JSON"),
    "truncated": (GOOD[:-1], "not JSON"),
    "zeros": (bytes(len(GOOD)), "not JSON"),
    "two": (GOOD + GOOD, "not JSON"),
    "not_utf8": (GOOD.replace("Имя".encode(), b"\xff\xfe"), "not JSON"),
    "surrogate": (GOOD.replace("Имя".encode(), b"\\ud800"), "not JSON"),
    "nan": (NAN, "not JSON"),
    "list": (b"[]", "record is missing or not what a record has there"),
    "wrong_shape": (b'{"report": {}}', "timestamp is missing or not what a record has there"),
    "score_11": (SCORE_11, "report.answers[0].score is missing or not what a record has there"),
    "bad_time": (
        changed(completion_time="2023-02-30 10:00:00"),
        "report.completion_time is missing or not what a record has there",
    ),
    "no_id": (changed(interview_id=""), "report.interview_id is missing or not what a record has there"),
    "header_in_id": (
        changed(interview_id="interview_A\r\nce_id: x"),
        "report.interview_id is missing or not what a record has there",
    ),
    "other_id": (
        changed(report_id="interview_B.1"),
        "report.report_id does not name a report of report.interview_id",
    ),
    "huge": (HUGE, "larger than 4,194,304 bytes"),
}


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    reporting = Reporting(tmp_path / "reports")
    reporting.directory.mkdir()
    yield reporting
    reporting.disk.backlog.release()
    reporting.disk.close()


def rejected() -> float:
    return REGISTRY.get_sample_value("speakalka_reports_total", {"outcome": "rejected"}) or 0.0


@pytest.mark.parametrize("what", DAMAGED)
async def test_damaged_file(reporting: Reporting, what: str) -> None:
    """It goes to rejected/ as it is, with what is wrong told once and counted; its neighbour is delivered."""
    content, why = DAMAGED[what]
    (reporting.directory / f"interview_report_{what}.json").write_bytes(content)
    (reporting.directory / "technical_interview_report.json").write_bytes(GOOD)
    before = rejected()
    with capture_logs() as logged:
        async with reporting.running():
            await drained(reporting)
    assert (reporting.directory / "rejected" / f"interview_report_{what}.json").read_bytes() == content
    told = [(line["file"], line["why"]) for line in logged if line["event"] == "report rejected"]
    assert told == [(f"rejected/interview_report_{what}.json", why)]
    assert rejected() == before + 1
    assert reporting.sink.report_ids == ["interview_A.1"]


async def test_what_is_no_file(reporting: Reporting, tmp_path: Path) -> None:
    """A folder, a FIFO and symbolic links under promised names stay; a file beside them is sent."""
    directory = reporting.directory
    outside = tmp_path / "outside.json"
    outside.write_bytes(GOOD)
    (directory / "interview_report_folder.json").mkdir()
    os.mkfifo(directory / "interview_report_fifo.json")
    (directory / "interview_report_link.json").symlink_to(outside)
    (directory / "interview_report_dangling.json").symlink_to("nowhere")
    others = set(os.listdir(directory))
    (directory / "technical_interview_report.json").write_bytes(GOOD.replace(b"interview_A", b"interview_C"))
    before = rejected()
    async with reporting.running():
        await eventually(lambda: reporting.sink.report_ids == ["interview_C.1"])
        await passes(reporting.clock, 12)
        assert set(os.listdir(directory)) == others
    assert reporting.sink.report_ids == ["interview_C.1"]
    assert (rejected(), outside.read_bytes()) == (before, GOOD)


@contextmanager
def somebody() -> Iterator[Path]:
    """Runs as a user who is not root, with a directory of that user's. Left out for who is not root."""
    if os.geteuid() != 0:
        left_out("files of another owner need root to make them")
    with tempfile.TemporaryDirectory() as home:
        directory = Path(home) / "reports"
        directory.mkdir(mode=0o700)
        for path in (Path(home), directory):
            os.chown(path, NOBODY, NOBODY)
        yield directory


async def test_files_of_another_owner() -> None:
    """One that may be read is sent, or set aside if damaged; one that may not stays, and is told once."""
    with somebody() as directory:
        (directory / "interview_report_good.json").write_bytes(GOOD)
        (directory / "interview_report_damaged.json").write_bytes(b"{")
        (directory / "interview_report_secret.json").write_bytes(GOOD)
        (directory / "interview_report_secret.json").chmod(0o600)
        os.seteuid(NOBODY)
        try:
            with capture_logs() as logged:
                reporting = Reporting(directory)
                async with reporting.running():
                    await passes(reporting.clock, 18)
                    await eventually(lambda: reporting.files() == {"interview_report_secret.json"})
            assert reporting.sink.report_ids == ["interview_A.1"]
            assert (directory / "rejected" / "interview_report_damaged.json").read_bytes() == b"{"
            told = [line["file"] for line in logged if line["event"] == "a waiting file cannot be read"]
            assert told == ["interview_report_secret.json"]
            reporting.disk.close()
        finally:
            os.seteuid(0)


async def test_one_in_a_hundred_is_damaged(reporting: Reporting) -> None:
    """Of many waiting files the whole ones are delivered, once each; the others set aside, and counted."""
    chance, damaged = random.Random(8), SIZE.files // 100
    for number in range(SIZE.files):
        content = GOOD.replace(b"interview_A", b"interview_%d" % number)
        if number % 100 == 0:
            content = content[: chance.randrange(len(content))]
        (reporting.directory / f"technical_interview_report.interview_{number}.1.json").write_bytes(content)
    before = rejected()
    with capture_logs():
        async with reporting.running():
            await drained(reporting)
    expected = [f"interview_{number}.1" for number in range(SIZE.files) if number % 100]
    assert sorted(reporting.sink.report_ids) == sorted(expected)
    assert len(list((reporting.directory / "rejected").iterdir())) == damaged
    assert rejected() == before + damaged
