"""`speakalka` against an orchestrator in memory: what is shown, and what is sent."""

import io
import json
from collections import deque
from pathlib import Path

import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.orchestrator import FakeOrchestrator
from tests.rpc.cli.running import FILE, EmotionOff, Speakalka, StoreAway, submitted, write


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
    assert "Judged by fake Topics Python, SQL" in ran.flat
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


async def test_a_declined_question_sends_no_photo(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """Who passes is not photographed."""
    write(file, FILE.replace("answer: bad one, ", ""))
    await speakalka("interview", file, "--photos", file.parent)
    assert [(request.declined, len(request.frames)) for request in submitted(fake)] == [
        (False, 1),
        (True, 0),
        (False, 1),
    ]


async def test_nothing_steers_the_terminal(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """Control characters in what others wrote are not passed on to it."""
    fake.generated_questions = deque(["Clear \x1b[2J the screen?"])
    ran = await speakalka("interview", file)
    assert "Clear �[2J the screen?" in ran.flat
    assert "\x1b" not in ran.out


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


async def test_an_interview_is_cancelled(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """`cancel` says that there is no report; of a completed interview it tells why not."""
    fake.failures["FinishInterview"] = deque([EmotionOff("anything that ends the command early")])
    await speakalka("interview", file)
    (interview_id,) = fake.interviews
    fake.interviews[interview_id].state = core.INTERVIEW_STATE_IN_PROGRESS
    ran = await speakalka("cancel", interview_id)
    assert (ran.code, ran.flat) == (0, f"{interview_id} is cancelled: there is no report")
    fake.interviews[interview_id].state = core.INTERVIEW_STATE_COMPLETED
    refused = await speakalka("cancel", interview_id)
    assert refused.code == 1
    assert "INTERVIEW_COMPLETED" in refused.flat


async def test_a_consent_is_withdrawn(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """`withdraw-consent` says since when, and where the report without readings is."""
    await speakalka("interview", file)
    (interview_id,) = fake.interviews
    ran = await speakalka("withdraw-consent", interview_id)
    assert ran.code == 0
    assert "Withdrawn 2026-11-22 10:00:00 UTC" in ran.flat
    assert f"{interview_id}.1 is filed as technical_interview_report.json" in ran.flat
    fake.interviews[interview_id].specification.ClearField("emotion_consent")
    assert (
        await speakalka("withdraw-consent", interview_id)
    ).flat == "There was no consent: nothing was read."


async def test_what_is_at_work_is_shown(fake: FakeOrchestrator, speakalka: Speakalka) -> None:
    """`info` tells version, judge, policy, languages and limits; an evaluator that is away is said to be."""
    ran = await speakalka("info")
    assert ran.code == 0
    assert (
        "Version 0.0.0 Judge fake Follow-ups prepared ones only Criteria given ones only Emotions" in ran.flat
    )
    assert "Languages Russian, English At most 100 questions At most 32,768 answer bytes" in ran.flat
    fake.judge_known = False
    assert "Judge the evaluator is away" in (await speakalka("info")).flat


async def test_a_file_is_assessed(fake: FakeOrchestrator, speakalka: Speakalka, file: Path) -> None:
    """`assess` sends questions and answers in one call and shows each result, then the scorecard."""
    ran = await speakalka("assess", file, "--request-id", "mine")
    assert ran.code == 0
    assert "q2 Python difficulty 2 · follow-up, depth 1 ? Harder » bad one ■■□□□□□□□□ 2/10" in ran.flat
    assert "Average score 5 of 10 (3 scored, 0 without a score)" in ran.flat
    (request,) = [one for one in fake.requests if isinstance(one, pb.AssessInterviewRequest)]
    assert request.request_id == "mine"
    assert [answer.answer_text for answer in request.answers] == ["good one", "bad one", "[red]nothing[/red]"]


async def test_an_assessment_goes_on_where_it_stood(
    fake: FakeOrchestrator, speakalka: Speakalka, file: Path
) -> None:
    """The store goes away half way: no answer is shown twice; a question without one is passed."""
    write(file, FILE.replace(', answer: "[red]nothing[/red]"', ""))
    fake.failures_after["SubmitAnswer"] = deque([StoreAway("away")])
    ran = await speakalka("assess", file)
    assert ran.code == 0
    assert ran.flat.count("? Start » good one") == 1
    assert "AssessInterview: away (UNAVAILABLE, STORE_UNAVAILABLE); again in" in ran.flat
    assert [request.declined for request in submitted(fake)][-1:] == [True]
    fake.failures["AssessInterview"] = deque([EmotionOff("anything that ends it")])
    refused = await speakalka("assess", file)
    assert refused.code == 1
    assert "To go on with this assessment, add: --request-id" in refused.flat
