"""The bound that StartInterview computes, against records that the reporter really makes."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.common.errors import InvalidField
from services.orchestrator import messages
from services.orchestrator.answer import Answer, AskedQuestion
from services.orchestrator.interview import Interview
from services.orchestrator.judgement import (
    CriterionVerdict,
    EmotionReading,
    Judgement,
    Provenance,
    Unscored,
    UnscoredReason,
    Verdict,
)
from services.orchestrator.record_size import (
    LARGEST_ANSWER_BYTES,
    LARGEST_GENERATED_QUESTION_BYTES,
    LARGEST_RECORD_BYTES,
    LARGEST_SPECIFICATION_BYTES,
    LEAST_JUDGEMENT_BYTES,
    SHORTENED,
    check_record,
    fitted,
    json_bytes,
    judgement_room,
)
from services.orchestrator.replies import shown
from services.orchestrator.report import build
from services.orchestrator.specification import (
    InterviewKind,
    Policy,
    PolicyMode,
    PreparedQuestion,
    Specification,
    Topic,
)
from services.reporter.encoding import encode
from services.reporter.translate import report_in
from tests.fakes.clock import START

# One character of each size that a record knows: 1, 2 (as it is, and escaped), 3 and 4 bytes.
CHARACTERS = 'xы"€🙂'
# What is filled in where the caller left it out: the weight of each criterion, each question's difficulty.
DEFAULTS_BYTES = 20 * 21 * (12 * 9 + 2) + 100
READING = EmotionReading((0.1234, 0.1234, 0.1234, 0.1234, 0.1234, 0.1234, 0.2596), 2**31 - 1)
PROVENANCE = Provenance(
    judge="j" * 100,
    model="🙂" * 200,
    prompt_version="\n" * 100,
    rubric_version="€" * 100,
    input_hash="a" * 64,
    input_tokens=2**31 - 1,
    output_tokens=2**31 - 1,
    duration_seconds=12345678.123,
    flags=("a_flag_of_some_length" * 3,) * 20,
)


def largest_judgement(character: str) -> Judgement:
    """Twelve verdicts and an evaluation, as long as anybody may write them and longer."""
    verdict = CriterionVerdict(
        character * 500, 1.2345678901234567e-05, Verdict.PARTLY_MET, character * 500, character * 500
    )
    return Judgement(10, character * 4000, (verdict,) * 12, PROVENANCE)


def text_of(size: int, character: str) -> str:
    """As many of this character as take `size` bytes in a record."""
    each = json_bytes(character) - 2
    text = character * ((size - 2) // each)
    return text + "x" * (size - json_bytes(text))


def longest(specification: Specification, character: str) -> Interview:
    """All questions there can be, asked and answered at the greatest length."""
    interview = Interview("interview_" + "Z" * 26, specification, (), touched_at=START)
    for number, (topic, text) in enumerate(_questions(specification), start=1):
        question = AskedQuestion(f"q{number}", text, topic, 5, 5)
        answer = Answer(f"q{number}", text_of(LARGEST_ANSWER_BYTES, character), START + timedelta(minutes=1))
        interview = interview.asking(question).received(answer).with_reading(f"q{number}", READING, None)
        interview = interview.settled(f"q{number}", largest_judgement(character))
    return interview.finished(START)


def _questions(specification: Specification) -> list[tuple[int, str]]:
    if specification.policy.mode is PolicyMode.AS_GIVEN:
        return [(i, q.text) for i, topic in enumerate(specification.topics) for _, q in topic.questions()]
    rules, generated = specification.policy, text_of(LARGEST_GENERATED_QUESTION_BYTES, "ы")
    starts = [(i, topic.start_question.text) for i, topic in enumerate(specification.topics)]
    deeper = []
    for i, topic in enumerate(specification.topics):
        prepared = [question.text for question in topic.follow_ups[: rules.max_depth]]
        deeper += [(i, text) for text in prepared + [generated] * (rules.max_depth - len(prepared))]
    deeper.sort(key=lambda one: -json_bytes(one[1]) - json_bytes(specification.topics[one[0]].name))
    return sorted(starts + deeper[: rules.max_questions - len(starts)], key=lambda one: one[0])


def record_of(interview: Interview) -> bytes:
    """What the reporter makes of it."""
    request = PublishReportRequest(report=messages.report(build(interview, UTC)))
    assert request.ByteSize() <= LARGEST_RECORD_BYTES
    return encode(report_in(request), "t" * 249).value


def specification(
    topics: int, follow_ups: int, text: str, rules: Policy, name: str = "topic"
) -> Specification:
    """So many topics and prepared questions of this text, told apart by a number in front."""
    numbers = iter(range(10_000))
    return Specification(
        kind=InterviewKind.ROOM,
        candidate_name="🙂" * 200,
        room_id='"' * 128,
        topics=tuple(
            Topic(
                f"{i} {name}",
                PreparedQuestion(f"{next(numbers)} {text}"),
                tuple(PreparedQuestion(f"{next(numbers)} {text}") for _ in range(follow_ups)),
            )
            for i in range(topics)
        ),
        policy=rules,
    )


# Shrinking a failure would take minutes: these are the largest interviews there are.
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.data())
def test_what_may_start_can_be_delivered(data: st.DataObject) -> None:
    """Whatever is said in an interview that may start: its record has at most 4 MiB."""
    draw, character = data.draw, data.draw(st.sampled_from(CHARACTERS))
    topics = draw(st.integers(1, 20))
    mode = draw(st.sampled_from(PolicyMode))
    follow_ups = draw(st.integers(0, 20 if mode is PolicyMode.ADAPTIVE else min(100 // topics - 1, 20)))
    rules = Policy(mode, max_depth=draw(st.integers(0, 5)), max_questions=draw(st.integers(topics, 100)))
    if mode is PolicyMode.AS_GIVEN:
        rules = replace(rules, max_questions=100)
    text = draw(st.sampled_from(CHARACTERS)) * draw(st.sampled_from([1, 100, 500, 1990]))
    made = specification(topics, follow_ups, text, rules, draw(st.sampled_from(CHARACTERS)) * 90)
    try:
        check_record(made)
    except InvalidField:
        assert len(_questions(made)) > 40, "few questions always fit"
        return
    assert len(record_of(longest(made, character))) <= LARGEST_RECORD_BYTES


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_hundred_questions_of_usual_length_fit(character: str) -> None:
    """The design's most questions and its largest record go together, and the record is well used."""
    rules = Policy(PolicyMode.AS_GIVEN, max_questions=100)
    made = specification(20, 4, "Что такое индекс, и чего он стоит при записи? " * 4, rules)
    check_record(made)
    size = len(record_of(longest(made, character)))
    assert 0.98 * LARGEST_RECORD_BYTES < size <= LARGEST_RECORD_BYTES


@pytest.mark.parametrize("character", CHARACTERS)
def test_the_longest_interview_can_be_shown(character: str) -> None:
    """GetInterview's reply, with the largest specification there can be, has at most 10 MiB."""
    rules = Policy(PolicyMode.AS_GIVEN, max_questions=100)
    made = specification(20, 4, "Что такое индекс, и чего он стоит при записи? " * 4, rules)
    reply = shown(longest(made, character), None)
    own = reply.specification.ByteSize()
    assert reply.ByteSize() - own + LARGEST_SPECIFICATION_BYTES + DEFAULTS_BYTES <= 10 * 2**20


def test_the_longest_follow_ups_count_wherever_they_stand() -> None:
    """Not all follow-ups that are prepared can be asked: the bound is that of the longest ones."""
    made = specification(20, 4, "short", Policy(max_depth=4, max_questions=60))
    long = tuple(PreparedQuestion(f"{i} {'ы' * 1990}") for i in range(1_000, 1_040))
    topics = [replace(topic, follow_ups=long[4 * i : 4 * i + 4]) for i, topic in enumerate(made.topics[10:])]
    made = replace(made, topics=(*made.topics[:10], *topics))
    check_record(made)
    assert 0.98 * LARGEST_RECORD_BYTES < len(record_of(longest(made, "🙂"))) <= LARGEST_RECORD_BYTES


def test_what_cannot_be_delivered_is_refused_by_name() -> None:
    """A hundred questions at their longest: the field that could be smaller is named."""
    text = "ы" * 1990
    with pytest.raises(InvalidField) as as_given:
        check_record(specification(20, 4, text, Policy(PolicyMode.AS_GIVEN, max_questions=100)))
    assert as_given.value.field == "topics"
    with pytest.raises(InvalidField) as adaptive:
        check_record(specification(20, 5, text, Policy(max_depth=5, max_questions=100)))
    assert adaptive.value.field == "policy.max_questions"
    check_record(specification(20, 5, text, Policy(max_depth=5, max_questions=80)))


def test_usual_texts_are_left_as_they_are() -> None:
    """A judgement that fits is not touched, and nothing says it was."""
    few = specification(3, 3, "question", Policy())
    judged = largest_judgement("x")
    judged = replace(judged, provenance=replace(PROVENANCE, judge="openai", flags=("quote_not_in_answer",)))
    kept = fitted(judged, few)
    assert isinstance(kept, Judgement)
    assert (kept.text, kept.verdicts) == (judged.text, judged.verdicts)
    assert kept.provenance.flags == ("quote_not_in_answer",)


@pytest.mark.parametrize("character", CHARACTERS)
def test_texts_that_do_not_fit_are_cut_and_it_is_said(character: str) -> None:
    """The longest are cut first; short ones stay whole; a quote keeps to the words of the answer."""
    many = specification(20, 4, "question", Policy(PolicyMode.AS_GIVEN, max_questions=100))
    short = CriterionVerdict("short", 1.0, Verdict.MET, "quote", "reason")
    judged = replace(
        largest_judgement(character), verdicts=(short, *largest_judgement(character).verdicts[1:])
    )
    kept = fitted(judged, many)
    assert isinstance(kept, Judgement)
    assert kept.verdicts[0] == short
    assert kept.text.endswith("…")
    assert kept.verdicts[1].reason.endswith("…")
    assert judged.verdicts[1].quote.startswith(kept.verdicts[1].quote)
    assert SHORTENED in kept.provenance.flags
    texts = [kept.text, *(text for v in kept.verdicts for text in (v.criterion, v.quote, v.reason))]
    assert LEAST_JUDGEMENT_BYTES < sum(map(json_bytes, texts)) <= judgement_room(many)
    unscored = fitted(Unscored(UnscoredReason.REFUSED, character * 100_000, PROVENANCE), many)
    assert isinstance(unscored, Unscored)
    assert json_bytes(unscored.detail) <= judgement_room(many)
    assert fitted(Unscored(UnscoredReason.JUDGE_UNAVAILABLE), many).provenance is None
