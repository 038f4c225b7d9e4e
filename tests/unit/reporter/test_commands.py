"""`python -m services.reporter list|resend|drain|audit`: what a person sees, what files become."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import orjson
import pytest

from services.reporter.backlog import Backlog
from services.reporter.commands import Kafka, parsed, run
from services.reporter.fallback import Fallback
from services.reporter.record import Record, decode
from services.reporter.settings import ReporterSettings
from services.reporter.sink import Placed, SinkDown
from tests.fakes.reporting import BARE, record

Command = Callable[..., int]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def command(directory: Path) -> Command:
    """Runs a command over the directory; `topic` is what stands on the topic, None that Kafka is away."""

    def call(*arguments: str, servers: str = "kafka1:19092", topic: Iterable[Placed] | None = ()) -> int:
        def read() -> Iterable[Placed]:
            if topic is None:
                raise SinkDown("brokers away")
            return topic

        settings = ReporterSettings(report_fallback_dir=directory, kafka_bootstrap_servers=servers)
        return run(parsed(arguments), settings, Kafka(read))

    return call


def aged(path: Path, seconds: int) -> None:
    """Makes a file look as old as that."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_list(command: Command, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What waits, oldest first, and why; what is damaged or was set aside asks for a person."""
    files = Fallback(directory)
    aged(directory / files.file(record("interview_A")), 60)
    files.file(record("interview_A", 2))
    assert command("list") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"ok    {BARE}: report interview_A.1, ")
    assert first.endswith("; waits for Kafka")
    assert "report interview_A.2, " in second
    assert second.endswith("; waits behind an earlier revision")
    files.reject(record("interview_B"))
    (directory / "interview_report_7.json").write_text('{"timestamp":')
    assert command("--json", "list") == 1
    lines = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["ok"] for line in lines] == [True, True, False, False]
    assert "damaged: not JSON" in lines[2]["told"]
    assert "resend technical_interview_report.interview_B.1.json" in lines[3]["do"]


def test_list_without_kafka(command: Command, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without Kafka nothing waits: the file is the delivery. Without a directory there is nothing to list."""
    assert command("list", servers="") == 0
    assert not directory.exists(), "looking makes nothing"
    Fallback(directory).file(record("interview_A"))
    assert command("list", servers="") == 0
    assert capsys.readouterr().out.endswith("; no Kafka is configured: the file is the delivery\n")


@pytest.mark.parametrize("prefix", ["", "rejected/"])
def test_resend(command: Command, directory: Path, prefix: str) -> None:
    """A rejected report waits again, under its promised name, byte for byte, and is rejected no more."""
    name = Path(Fallback(directory).reject(record("interview_A"))).name
    assert command("resend", f"{prefix}{name}") == 0
    assert (directory / BARE).read_bytes() == record("interview_A").value
    assert list((directory / "rejected").iterdir()) == []


def test_resend_overwrites_nothing(command: Command, directory: Path) -> None:
    """Where another report has the promised name, the full one is taken; where another content waits under
    the report's id nothing is done."""
    files = Fallback(directory)
    files.file(record("interview_B"))
    name = Path(files.reject(record("interview_A"))).name
    assert command("resend", name) == 0
    assert (directory / BARE).read_bytes() == record("interview_B").value
    assert (directory / name).read_bytes() == record("interview_A").value
    name = Path(files.reject(_other("interview_A"))).name
    assert command("resend", name) == 2
    assert (directory / "rejected" / name).is_file()


def test_resend_what_cannot_be(command: Command, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not there, a way out of the folder, a damaged file: one line that says why, exit 2."""
    files = Fallback(directory)
    files.reject(record("interview_A"))
    (directory / "secret.json").write_bytes(record("interview_S").value)
    (directory / "rejected" / "bad.json").write_text("{}")
    for wish in ("none.json", "../secret.json", "bad.json"):
        assert command("resend", wish) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == [
        "there is no file rejected/none.json",
        "there is no file rejected/secret.json",
    ]
    assert told[2].startswith("bad.json is damaged")
    assert (directory / "secret.json").is_file()


def test_drain(command: Command, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another reporter's waiting files move here, oldest first; what is damaged or rejected stays, and asks
    for a person."""
    theirs = Fallback(tmp_path / "theirs")
    Fallback(directory).file(record("interview_A"))
    aged(tmp_path / "theirs" / theirs.file(record("interview_B", 2)), 10)
    aged(tmp_path / "theirs" / theirs.file(record("interview_B", 1)), 20)
    assert command("drain", str(tmp_path / "theirs")) == 0
    assert list((tmp_path / "theirs").iterdir()) == []
    backlog = Backlog(directory)
    waiting = [backlog.read(one.name).report_id for one in backlog.waiting()]
    assert waiting == ["interview_A.1", "interview_B.1", "interview_B.2"]
    theirs.reject(record("interview_C"))
    (tmp_path / "theirs" / "interview_report_7.json").write_text("{}")
    (tmp_path / "theirs" / "notes.txt").write_text("not ours")
    assert command("drain", str(tmp_path / "theirs")) == 1
    assert "1 stay in " in capsys.readouterr().out
    assert len(list((tmp_path / "theirs").iterdir())) == 3


def test_drain_of_another_content(command: Command, directory: Path, tmp_path: Path) -> None:
    """A report that waits here with another content stays where it is: neither is overwritten."""
    Fallback(directory).file(record("interview_A"))
    name = Fallback(tmp_path / "theirs").file(_other("interview_A"))
    assert command("drain", str(tmp_path / "theirs")) == 1
    assert (directory / BARE).read_bytes() == record("interview_A").value
    assert (tmp_path / "theirs" / name).read_bytes() == _other("interview_A").value


def test_drain_what_cannot_be(command: Command, directory: Path, tmp_path: Path) -> None:
    """A directory where a reporter is at work, our own, or none at all: exit 2, and nothing moves."""
    Fallback(directory).file(record("interview_A"))
    name = Fallback(tmp_path / "theirs").file(record("interview_B"))
    busy = Backlog(tmp_path / "theirs")
    assert busy.is_ours_to_send()
    for wish in (tmp_path / "theirs", directory, tmp_path / "none"):
        assert command("drain", str(wish)) == 2
    assert (tmp_path / "theirs" / name).is_file()
    busy.release()


def test_audit(command: Command, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file against the topic: not there yet, there already, there with another content; a rejected one
    that is nowhere else asks for a person, as does a record that is no report."""
    files = Fallback(directory)
    for interview_id in ("interview_A", "interview_B"):
        files.file(record(interview_id))
    topic = [Placed(2, 7, record("interview_B").value), Placed(0, 0, record("interview_Z").value)]
    assert command("audit", topic=topic) == 0
    told = capsys.readouterr().out
    assert "report interview_A.1; not on the topic\n" in told
    assert "report interview_B.1; on the topic, partition 2, offset 7\n" in told
    assert "2 records read, 0 of them no reports" in told
    assert command("audit", topic=[Placed(0, 0, _other("interview_A").value)]) == 1
    assert "ANOTHER content" in capsys.readouterr().out
    assert command("audit", topic=[Placed(0, 0, b"{}")]) == 1
    files.reject(record("interview_C"))
    assert command("audit") == 1
    assert command("audit", topic=[Placed(0, 0, record("interview_C").value)]) == 0


def test_audit_what_cannot_be(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Kafka away, or none at all: exit 2, and one line that says so."""
    assert command("audit", topic=None) == 2
    assert command("audit", servers="") == 2
    assert capsys.readouterr().err.splitlines() == [
        "brokers away",
        "KAFKA_BOOTSTRAP_SERVERS is empty: there is no topic to read",
    ]


def test_no_command_serves() -> None:
    """Without a command the reporter serves; what is none ends with the usage."""
    assert parsed([]).command is None
    with pytest.raises(SystemExit):
        parsed(["lsit"])


def _other(interview_id: str) -> Record:
    value = orjson.loads(record(interview_id).value)
    value["report"]["answers"][0]["score"] = 3
    return decode(orjson.dumps(value))
