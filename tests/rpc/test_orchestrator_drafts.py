"""Criteria for questions that came without any: drafted once, kept, the same for every answer."""

import asyncio
from pathlib import Path

import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb

from services.common.clock import SystemClock
from services.common.errors import InvalidField
from services.orchestrator.clients import EvaluatorClient
from services.orchestrator.drafting import DRAFTED, INFO_SECONDS, DraftingJudge, criteria_key
from services.orchestrator.judgement import Judgement
from services.orchestrator.judges import JudgingTask
from services.orchestrator.specification import Language
from services.orchestrator.sqlite_store import SqliteStore
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.evaluator import (
    DraftsNoCriteria,
    JudgeAway,
    WritesNoQuestions,
    criteria,
    question,
    scored,
)
from tests.fakes.llm_server import LlmServer
from tests.fakes.messages import technical
from tests.postgres import PostgresServer
from tests.rpc.evaluator_channel import evaluator_channel
from tests.rpc.openai_judge import openai_judge
from tests.rpc.orchestra import Orchestra, Peers, Waits, failure


def sent(peers: Peers) -> list[list[str]]:
    """The criteria that each answer was judged by."""
    return [[one.text for one in request.criteria] for request in peers.evaluator.evaluate.requests]


async def test_a_question_is_drafted_for_once_and_every_answer_gets_the_same(
    orchestra: Orchestra, database: Path, peers: Peers
) -> None:
    """In other interviews too, and after a restart: one call, without a word of the candidate."""
    peers.evaluator.drafts("names it", "says why")
    for text in ("one", "two"):
        await orchestra.answer(await orchestra.start(), text=text)
    await orchestra.crash()
    peers.evaluator.drafts("something else")
    async with Orchestra(database, peers, FakeClock()) as again:
        await again.answer(await again.start(), text="three")
    assert sent(peers) == [["names it", "says why"]] * 3
    assert peers.evaluator.draft.requests == [
        evaluator_pb.DraftCriteriaRequest(
            language=core.LANGUAGE_RU,
            topic="Python",
            question_text="Python start?",
            difficulty=1,
            reference_answer="about Python",
        )
    ]


async def test_the_report_says_that_criteria_were_drafted(orchestra: Orchestra, peers: Peers) -> None:
    """By a flag beside the judge's own, in the reply and in the report."""
    peers.evaluator.drafts("names it")
    interview_id = await orchestra.start()
    reply = await orchestra.answer(interview_id)
    assert list(reply.answer.provenance.flags) == ["criteria_drafted", "a_flag"]
    reported = (await orchestra.report(interview_id)).report.answers[0]
    assert reported.provenance.flags == reply.answer.provenance.flags


async def test_nothing_is_drafted_where_there_are_criteria_or_nothing_to_judge(
    orchestra: Orchestra, peers: Peers
) -> None:
    """The caller's own, those of a written follow-up, a candidate who passes."""
    peers.evaluator.drafts("drafted")
    spec = technical("A", "B")
    spec.topics[0].start_question.criteria.add(text="the caller's")
    peers.evaluator.evaluate.replies.append(scored(9))
    peers.evaluator.follow_up.replies.append(question("Why so?", "the writer's"))
    interview_id = await orchestra.start(spec)
    first = await orchestra.answer(interview_id)
    await orchestra.answer(interview_id, "q2")
    await orchestra.answer(interview_id, "q3", "", declined=True)
    assert sent(peers) == [["the caller's"], ["the writer's"]]
    assert "criteria_drafted" not in first.answer.provenance.flags
    assert peers.evaluator.draft.requests == []


@pytest.mark.parametrize("differs", ["question", "reference", "language", "prompt version"])
async def test_what_is_another_question_has_criteria_of_its_own(
    orchestra: Orchestra, peers: Peers, differs: str
) -> None:
    """Another text, reference, language, or newer prompts of the judge: drafted anew, kept beside the old."""
    peers.evaluator.drafts("old")
    await orchestra.answer(await orchestra.start())
    spec = technical()
    match differs:
        case "question":
            spec.topics[0].start_question.text = "Another?"
        case "reference":
            spec.topics[0].start_question.reference_answer = "another"
        case "language":
            spec.language = core.LANGUAGE_EN
        case _:
            orchestra.clock.advance(INFO_SECONDS)
    peers.evaluator.drafts("new", prompt_version="v2" if differs == "prompt version" else "v1")
    for _ in range(2):
        await orchestra.answer(await orchestra.start(spec))
    assert sent(peers) == [["old"], ["new"], ["new"]]


async def test_a_judge_that_drafts_none_is_not_asked_to(orchestra: Orchestra, peers: Peers) -> None:
    """It judges as it does without criteria; who it is is asked once for many answers."""
    for _ in range(3):
        reply = await orchestra.answer(await orchestra.start())
        assert (reply.answer.score, list(reply.answer.provenance.flags)) == (5, ["a_flag"])
    assert (peers.evaluator.draft.requests, len(peers.evaluator.info.requests)) == ([], 1)


@pytest.mark.parametrize(
    "told",
    [
        DraftsNoCriteria("another replica has another judge"),
        InvalidField("question_text", "no"),
        WritesNoQuestions("of whatever reason"),
        evaluator_pb.DraftCriteriaResponse(prompt_version="v1"),
        criteria("x" * 501),
        criteria(*"abcdefghijklm"),
        criteria("nul \0 in it"),
        criteria("fine", prompt_version="nul \0"),
    ],
    ids=["unsupported", "invalid", "refused", "none", "long", "many", "control", "version"],
)
async def test_without_a_draft_that_can_be_used_the_answer_is_judged_without(
    orchestra: Orchestra, peers: Peers, told: evaluator_pb.DraftCriteriaResponse | Exception
) -> None:
    """It gets its score; nothing is kept, so that the next answer has another try."""
    peers.evaluator.drafts("names it")
    peers.evaluator.draft.replies.append(told)
    first = await orchestra.answer(await orchestra.start())
    assert (first.answer.score, list(first.answer.provenance.flags)) == (5, ["a_flag"])
    await orchestra.answer(await orchestra.start())
    assert sent(peers) == [[], ["names it"]]


@pytest.mark.parametrize("what", ["info", "draft"])
async def test_a_drafter_that_is_away_leaves_the_answer_pending(
    orchestra: Orchestra, peers: Peers, what: str
) -> None:
    """As a judge that is away does; nobody judges without meanwhile; a repeat goes on."""
    peers.evaluator.drafts("names it")
    (peers.evaluator.info if what == "info" else peers.evaluator.draft).replies.append(JudgeAway("away"))
    interview_id = await orchestra.start()
    failed = await failure(orchestra.answer(interview_id))
    assert (failed.reason, failed.retry_seconds) == ("JUDGE_UNAVAILABLE", 1)
    assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_PENDING
    assert sent(peers) == []
    assert (await orchestra.answer(interview_id)).answer.score == 5
    assert sent(peers) == [["names it"]]


async def test_drafting_is_part_of_the_time_for_judging(database: Path, peers: Peers) -> None:
    """After JUDGE_TIMEOUT_SECONDS the answer is pending, whatever the time went into."""
    async with Orchestra(database, peers, RunningClock(), Waits(judge=0.3)) as orchestra:
        peers.evaluator.drafts("names it")
        peers.evaluator.draft.hold()
        interview_id = await orchestra.start()
        assert (await failure(orchestra.answer(interview_id))).reason == "JUDGE_UNAVAILABLE"
        assert peers.evaluator.draft.requests
        assert sent(peers) == []


async def test_answers_at_the_same_time_share_one_draft(orchestra: Orchestra, peers: Peers) -> None:
    """Ten interviews, one call; that the first of them is cancelled meanwhile takes it from nobody."""
    peers.evaluator.drafts("names it")
    peers.evaluator.draft.hold()
    ids = [await orchestra.start() for _ in range(10)]
    calls = [asyncio.create_task(orchestra.answer(ids[0]))]
    await peers.evaluator.draft.called()
    calls += [asyncio.create_task(orchestra.answer(interview_id)) for interview_id in ids[1:]]
    for interview_id in ids[1:]:
        await pending(orchestra, interview_id)
    await orchestra.cancel(ids[0])
    peers.evaluator.draft.release()
    replies = await asyncio.gather(*calls)
    assert [reply.answer.score for reply in replies[1:]] == [5] * 9
    assert sent(peers) == [["names it"]] * 9
    assert len(peers.evaluator.draft.requests) == 1


async def pending(orchestra: Orchestra, interview_id: str) -> None:
    """Returns once the answer has come."""
    async with asyncio.timeout(10):
        while not (await orchestra.shown(interview_id)).answers:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.005)


async def test_a_kill_between_draft_and_store_costs_a_draft(
    orchestra: Orchestra, database: Path, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not kept was never used: the next draft is the one that all answers get."""
    peers.evaluator.drafts("lost")
    drafted = asyncio.Event()

    async def die(*_: object) -> None:
        drafted.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(orchestra.store, "keep_criteria", die)
    interview_id = await orchestra.start()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await drafted.wait()
    await orchestra.crash()
    await asyncio.gather(call, return_exceptions=True)
    peers.evaluator.drafts("kept")
    async with Orchestra(database, peers, FakeClock()) as again:
        await again.answer(interview_id)
        peers.evaluator.drafts("never asked for")
        await again.answer(await again.start())
    assert sent(peers) == [["kept"], ["kept"]]


async def test_replicas_that_draft_at_the_same_time_use_the_same(
    peers: Peers, postgres_server: PostgresServer
) -> None:
    """Two drafts that differ: one is kept, and both replicas judge by that one."""
    url = await postgres_server.new_database()
    clock = RunningClock()
    async with Orchestra(url, peers, clock) as one, Orchestra(url, peers, clock) as other:
        peers.evaluator.drafts()
        peers.evaluator.draft.replies.extend((criteria("one draft"), criteria("another draft")))
        peers.evaluator.draft.hold()
        calls = [
            asyncio.create_task(replica.answer(await replica.start(request_id=name), text=name))
            for name, replica in (("one", one), ("other", other))
        ]
        await peers.evaluator.draft.called(2)
        peers.evaluator.draft.release()
        await asyncio.gather(*calls)
        await one.answer(await one.start())
        await other.answer(await other.start())
    used = sent(peers)
    assert used in ([["one draft"]] * 4, [["another draft"]] * 4)
    assert len(peers.evaluator.draft.requests) == 2


async def test_what_a_model_drafts_is_what_it_judges_by(tmp_path: Path) -> None:
    """With the real evaluator: its draft is kept, and every verdict is on a criterion of it."""
    task = JudgingTask(
        language=Language.RU,
        topic="Python",
        question="Чем список отличается от кортежа?",
        answer="Список изменяемый, кортеж нет.",
        difficulty=1,
        criteria=(),
        reference_answer="Список изменяемый. Кортеж хешируется.",
        earlier_turns=(),
    )
    store, clock = SqliteStore(tmp_path / "orchestrator.db"), SystemClock()
    try:
        async with (
            LlmServer() as llm,
            openai_judge(llm.url) as judge,
            evaluator_channel(judge) as channel,
        ):
            client = EvaluatorClient(channel)
            drafting = DraftingJudge(client, store, clock)
            judged = await drafting.evaluate(task, timeout_seconds=20)
            info = await client.info(timeout_seconds=20)
        kept = await store.criteria(criteria_key(task, info.prompt_version))
    finally:
        await store.close()
    assert isinstance(judged, Judgement)
    assert kept is not None
    assert [verdict.criterion for verdict in judged.verdicts] == [criterion.text for criterion in kept]
    assert judged.provenance.flags[0] == DRAFTED
