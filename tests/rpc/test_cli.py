"""`speakalka` against a real channel to an orchestrator in memory: what is shown, and its exit codes."""

import asyncio
import io
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import add_OrchestratorServiceServicer_to_server
from speakalka.main import main
from structlog.testing import capture_logs

from services.common.errors import InvalidField, NotAllowed, Unavailable
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from tests.fakes.orchestrator import FakeOrchestrator

FILE = """
kind: technical
candidate_name: Анна [bold]Ковалёва[/bold]
consent: {given_by: Анна, given_at: 2026-11-22T10:00:00Z, text_version: v1}
topics:
  - name: Python
    questions:
      - {text: Start, answer: good one}
      - {text: Harder, answer: bad one, photo: face.jpg}
  - name: SQL
    questions:
      - {text: Index, answer: "[red]nothing[/red]"}
generated_answers:
  SQL: [written for it]
"""

SCORES = {"good one": 8, "bad one": 2, "[red]nothing[/red]": 5, "written for it": 6}


class StoreAway(Unavailable):
    """The store is away."""

    reason = "STORE_UNAVAILABLE"


class EmotionOff(NotAllowed):
    """This deployment reads no emotions."""

    reason = "EMOTION_OFF"


@pytest.fixture
def fake() -> FakeOrchestrator:
    return FakeOrchestrator(SCORES.get)


@pytest.fixture
async def address(fake: FakeOrchestrator) -> AsyncIterator[str]:
    settings = ServerSettings(port=0, metrics_port=0, drain_seconds=1)
    server = Server("interview.v1.OrchestratorService", settings, receive_limit_bytes=10 * MIB)
    add_OrchestratorServiceServicer_to_server(fake, server.grpc)
    with capture_logs():  # stdout and stderr belong to the command here
        async with server:
            yield f"127.0.0.1:{server.port}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "face.jpg").write_bytes(b"jpeg")
    (tmp_path / "interview.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path / "interview.yaml"


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


class Ran:
    """What a run of the command came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.flat = " ".join(out.split())  # as if the terminal were endlessly wide


class Speakalka:
    """Runs the command as its process would, but for the process."""

    def __init__(self, address: str, capture: pytest.CaptureFixture[str]) -> None:
        self._address, self._capture = address, capture

    async def __call__(self, *arguments: str | Path) -> Ran:
        command = [str(argument) for argument in (*arguments, "--address", self._address)]
        return Ran(await asyncio.to_thread(main, command), *self._capture.readouterr())


@pytest.fixture
def speakalka(address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Speakalka:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return Speakalka(address, capsys)


def submitted(fake: FakeOrchestrator) -> Sequence[pb.SubmitAnswerRequest]:
    return [request for request in fake.requests if isinstance(request, pb.SubmitAnswerRequest)]


async def test_an_interview_is_held_and_shown(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """Every question, answer, score and evaluation is shown, then the scorecard and where the report is."""
    ran = await speakalka("interview", file)
    assert ran.code == 0
    assert "q1 Python difficulty 1 · start question ? Start » good one ■■■■■■■■□□ 8/10 Worth 8." in ran.flat
    assert (
        "q2 Python difficulty 2 · follow-up, depth 1 ? Harder » bad one ■■□□□□□□□□ 2/10 Worth 2." in ran.flat
    )
    assert "3 answered of at most 20 · topic 2 of 2" in ran.flat
    assert "Average score 5 of 10 (3 scored, 0 without a score)" in ran.flat
    assert "interview_0.1 is filed as technical_interview_report.json" in ran.flat
    assert [request.answer_text for request in submitted(fake)] == [
        "good one",
        "bad one",
        "[red]nothing[/red]",
    ]


async def test_what_others_wrote_is_shown_as_it_is(speakalka: Speakalka, file: Path) -> None:
    """Square brackets in a name or an answer are text, not markup; there are no colours."""
    ran = await speakalka("interview", file)
    assert "Анна [bold]Ковалёва[/bold]" in ran.flat
    assert "[red]nothing[/red]" in ran.flat
    assert "\x1b" not in ran.out


async def test_photos_of_the_file_go_with_their_answer(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """The photo of a question is sent with its answer only, and the reading is shown."""
    fake.reading = core.EmotionReading(
        primary_emotion=core.EMOTION_HAPPINESS, confidence=0.834, accepted_frames=1
    )
    ran = await speakalka("interview", file)
    assert [list(request.frames) for request in submitted(fake)] == [[], [b"jpeg"], []]
    assert "happiness 83% (1 photo)" in ran.flat


async def test_no_photos_means_none(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """--no-photos holds although the file names one, and although that is not there."""
    (file.parent / "face.jpg").unlink()
    ran = await speakalka("interview", file, "--no-photos")
    assert ran.code == 0
    assert not any(request.frames for request in submitted(fake))


async def test_photos_of_a_folder_go_round(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """--photos sends one photo of the folder with each answer, by name, from the start when they run out."""
    folder = file.parent / "photos"
    folder.mkdir()
    for name in ("b.png", "a.jpg", "notes.txt"):
        (folder / name).write_bytes(name.encode())
    await speakalka("interview", file, "--photos", folder)
    assert [list(request.frames) for request in submitted(fake)] == [[b"a.jpg"], [b"b.png"], [b"a.jpg"]]


async def test_a_generated_question_takes_the_answer_kept_for_its_topic(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """generated_answers are used once each; then, with nobody to ask, it is declined aloud."""
    fake.generated_questions = deque(["Written first?"])
    ran = await speakalka("interview", file)
    assert "difficulty 2 · follow-up, depth 1 · generated ? Written first?" in ran.flat
    assert "nobody at a terminal to ask: declined" in ran.flat
    declined = [request.declined for request in submitted(fake)]
    assert declined[:2] == [False, True]


async def test_whoever_is_at_the_terminal_is_asked(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions without an answer in the file are asked at the terminal; an empty line passes."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    write(file, FILE.replace("answer: good one", "difficulty: 1").replace("answer: bad one,", ""))
    monkeypatch.setattr("sys.stdin", Terminal("good one\n\n"))
    ran = await speakalka("interview", file)
    assert [(request.answer_text, request.declined) for request in submitted(fake)[:2]] == [
        ("good one", False),
        ("", True),
    ]
    assert "declined at the terminal" in ran.flat


async def test_an_answer_without_a_score_says_why(speakalka: Speakalka, file: Path) -> None:
    """No score is told as no score, with its reason; it is not a zero."""
    write(file, FILE.replace("good one", "cannot be judged"))
    ran = await speakalka("interview", file)
    assert "no score the question has neither criteria nor a reference answer" in ran.flat
    assert "1 scored, 1 without a score" in ran.flat


@pytest.mark.parametrize("method", ["StartInterview", "SubmitAnswer", "FinishInterview"])
async def test_what_is_away_is_called_again(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path, method: str
) -> None:
    """UNAVAILABLE is repeated with the same request, also when the first try had done its work."""
    fake.failures[method] = deque([StoreAway("the store is away", retry_after_seconds=0.01)])
    fake.failures_after[method] = deque([StoreAway("the store is away", retry_after_seconds=0.01)])
    ran = await speakalka("interview", file)
    assert ran.code == 0
    assert f"{method}: the store is away (UNAVAILABLE, STORE_UNAVAILABLE); again in" in ran.flat
    assert len(fake.interviews) == 1
    assert len(fake.interviews["interview_0"].answers) == 3


async def test_patience_has_an_end(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """What stays away ends the command with code 1, the reason, and how to go on."""
    fake.failures["SubmitAnswer"] = deque(StoreAway("away", retry_after_seconds=0.2) for _ in range(100))
    ran = await speakalka("interview", file, "--patience", "0.5")
    assert ran.code == 1
    assert "speakalka: SubmitAnswer: away (UNAVAILABLE, STORE_UNAVAILABLE)" in ran.flat
    assert "To go on with this interview, add: --request-id " in ran.flat


async def test_an_interview_is_gone_on_with(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """The same request id goes on with the same interview; what was answered stays answered as it was."""
    fake.failures["SubmitAnswer"] = deque([EmotionOff("no emotions are read here")])
    assert (await speakalka("interview", file, "--request-id", "again")).code == 1
    write(file, FILE.replace("good one", "another text"))
    fake.failures_after["SubmitAnswer"] = deque([EmotionOff("no emotions are read here")])
    assert (await speakalka("interview", file, "--request-id", "again")).code == 1
    ran = await speakalka("interview", file.parent / "interview.yaml", "--request-id", "again")
    assert ran.code == 0
    assert "another text given earlier" in ran.flat
    assert len(fake.interviews) == 1


async def test_a_refusal_is_told_with_reason_and_field(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """What the orchestrator refuses is not repeated; the line holds status, reason and field."""
    fake.failures["StartInterview"] = deque([InvalidField("specification.room_id", "must be empty")])
    ran = await speakalka("interview", file)
    assert ran.code == 1
    assert (
        "speakalka: StartInterview: specification.room_id: must be empty "
        "(INVALID_ARGUMENT, INVALID_FIELD, field specification.room_id)" in ran.flat
    )
    assert len(fake.requests) == 1


async def test_an_end_that_takes_its_time_is_waited_for(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """FINISHING is asked about again until the report is there."""
    fake.ends = deque([core.INTERVIEW_STATE_FINISHING])
    assert (await speakalka("interview", file)).code == 0


async def test_an_end_that_does_not_come_is_told(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """Still FINISHING when patience ends: code 1, and that the report follows by itself."""
    fake.ends = deque([core.INTERVIEW_STATE_FINISHING] * 100)
    ran = await speakalka("interview", file, "--patience", "0.6")
    assert ran.code == 1
    assert "its report follows by itself" in ran.flat


async def test_a_receipt_is_waited_for(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """A report that still waits at first is looked at again until Kafka has it."""
    fake.receipts = deque(
        [
            core.Delivery(report_id="interview_0.1", status=core.DELIVERY_STATUS_WAITING),
            core.Delivery(
                report_id="interview_0.1",
                status=core.DELIVERY_STATUS_DELIVERED,
                topic="step3",
                partition=2,
                offset=7,
            ),
        ]
    )
    ran = await speakalka("interview", file)
    assert "interview_0.1 is delivered to Kafka: topic step3, partition 2, offset 7" in ran.flat


async def test_json_stands_alone_on_stdout(speakalka: Speakalka, file: Path) -> None:
    """--json leaves stdout to the report, so that a program can read it; people read stderr."""
    ran = await speakalka("interview", file, "--json")
    found = json.loads(ran.out)
    assert found["report"]["average_score"] == 5
    assert found["delivery"]["file_name"] == "technical_interview_report.json"
    assert "8/10" in ran.err


async def test_the_room_can_be_given_on_the_command_line(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """--room-id stands in for the file's."""
    await speakalka("interview", file, "--room-id", "42")
    assert fake.interviews["interview_0"].specification.room_id == "42"


async def test_report_and_show_tell_of_an_interview(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """`report` shows the scorecard again; `show` how far an interview is and what it waits for."""
    fake.failures_after["SubmitAnswer"] = deque([EmotionOff("stop here")])
    await speakalka("interview", file)
    ran = await speakalka("show", "interview_0")
    assert ran.code == 0
    assert "State in progress" in ran.flat
    assert "Waits for q2: Harder" in ran.flat
    ran = await speakalka("report", "interview_0")
    assert ran.code == 0
    assert "Average score 8 of 10" in ran.flat


@pytest.mark.parametrize("command", ["report", "show"])
async def test_an_unknown_interview_is_told(speakalka: Speakalka, command: str) -> None:
    """A wrong id ends with code 1 and the orchestrator's reason."""
    ran = await speakalka(command, "interview_9")
    assert ran.code == 1
    assert "NOT_FOUND, INTERVIEW_NOT_FOUND" in ran.flat


async def test_nobody_listening_is_told(capsys: pytest.CaptureFixture[str], unused_tcp_port: int) -> None:
    """No orchestrator at the address: repeated, then code 1 with the address in the line."""
    arguments = ["show", "interview_0", "--address", f"127.0.0.1:{unused_tcp_port}", "--patience", "0.4"]
    assert await asyncio.to_thread(main, arguments) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert f"127.0.0.1:{unused_tcp_port}" in out
    assert "(UNAVAILABLE)" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["interview", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["show", "x", "--cert-file", "c.pem", "--key-file", "k.pem"], "need --ca-file"),
        (["show", "x", "--ca-file", "ca.pem", "--key-file", "k.pem"], "together or not at all"),
        (["show", "x", "--ca-file", "no-ca.pem"], "no-ca.pem: No such file or directory"),
    ],
)
async def test_wrong_use_ends_with_code_2(speakalka: Speakalka, arguments: list[str], told: str) -> None:
    """A wrong file or option ends with code 2 and one line, before anything is called."""
    ran = await speakalka(*arguments)
    assert (ran.code, told in ran.out) == (2, True)


async def test_photos_without_consent_are_refused(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """--photos for an interview without consent is wrong use: nothing is sent anywhere."""
    lines = [line for line in FILE.splitlines() if not line.startswith("consent")]
    write(file, "\n".join(lines).replace(", photo: face.jpg", ""))
    ran = await speakalka("interview", file, "--photos", file.parent)
    assert (ran.code, fake.requests) == (2, [])
