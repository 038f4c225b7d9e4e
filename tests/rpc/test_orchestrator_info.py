"""GetServiceInfo: what is at work, and what a request may hold."""

from pathlib import Path

from google.protobuf.descriptor import FieldDescriptor
from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.clock import FakeClock
from tests.fakes.evaluator import JudgeAway
from tests.fakes.messages import technical
from tests.rpc.orchestra import Orchestra, Peers, failure

NO_NUMBERS = {FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_MESSAGE}


async def info(orchestra: Orchestra) -> pb.GetServiceInfoResponse:
    """What GetServiceInfo says."""
    return await orchestra.stub.GetServiceInfo(pb.GetServiceInfoRequest(), timeout=10)


async def test_version_judge_policy_and_languages_are_told(orchestra: Orchestra, peers: Peers) -> None:
    """Version of the release, the judge as the evaluator tells it, the emotion policy, the languages."""
    peers.evaluator.info.otherwise = evaluator_pb.GetJudgeInfoResponse(
        judge="openai",
        model="m-1",
        prompt_version="3",
        rubric_version="1",
        generates_follow_ups=True,
        drafts_criteria=True,
    )
    told = await info(orchestra)
    assert told.version == "1.2.3"
    assert told.judge == pb.JudgeInfo(
        judge="openai",
        model="m-1",
        prompt_version="3",
        rubric_version="1",
        generates_follow_ups=True,
        drafts_criteria=True,
    )
    assert told.emotion_policy == pb.EMOTION_POLICY_CONSENT
    assert list(told.languages) == [core.LANGUAGE_RU, core.LANGUAGE_EN]


async def test_a_deployment_that_reads_no_emotions_says_so(database: Path, peers: Peers) -> None:
    """ORCHESTRATOR_EMOTION_POLICY=off."""
    async with Orchestra(database, peers, FakeClock(), emotion_policy="off") as orchestra:
        assert (await info(orchestra)).emotion_policy == pb.EMOTION_POLICY_OFF


async def test_an_evaluator_that_is_away_leaves_the_judge_out(orchestra: Orchestra, peers: Peers) -> None:
    """The rest is told: this call fails for nobody else's fault."""
    peers.evaluator.info.otherwise = JudgeAway("away")
    told = await info(orchestra)
    assert not told.HasField("judge")
    assert told.version == "1.2.3"


async def test_an_evaluator_that_hangs_costs_half_the_time(orchestra: Orchestra, peers: Peers) -> None:
    """Its deadline is taken from the caller's, who still has his reply in time."""
    peers.evaluator.info.hold()
    told = await orchestra.stub.GetServiceInfo(pb.GetServiceInfoRequest(), timeout=2)
    assert not told.HasField("judge")
    assert 0 < peers.evaluator.seconds_left[0] < 1.5  # gRPC itself rounds


async def test_every_limit_is_told(orchestra: Orchestra) -> None:
    """None is left at 0, and those of the specification are the ones that it keeps."""
    limits = (await info(orchestra)).limits
    assert len(limits.ListFields()) == len(limits.DESCRIPTOR.fields)
    at_most = technical(*(f"topic {i}" for i in range(limits.topics)))
    at_most.candidate_name = "x" * limits.candidate_name_characters
    at_most.topics[0].name = "x" * limits.topic_name_characters
    at_most.topics[0].start_question.text = "x" * limits.question_characters
    at_most.topics[0].start_question.reference_answer = "x" * limits.reference_answer_characters
    for number in range(limits.criteria_per_question):
        criterion = at_most.topics[0].start_question.criteria.add()
        criterion.text = f"{number}".rjust(limits.criterion_characters, "x")
    for number in range(limits.follow_ups_per_topic):
        at_most.topics[1].follow_ups.add(text=f"{number}?")
    at_most.policy.max_depth, at_most.policy.max_questions = limits.depth, limits.questions
    interview_id = await orchestra.start(at_most)
    answer = await orchestra.answer(interview_id, text="x" * limits.answer_bytes)
    assert answer.answer.state == core.ANSWER_STATE_SCORED
    at_most.policy.max_questions += 1
    assert (await failure(orchestra.start(at_most))).field == "specification.policy.max_questions"
