"""Requests as our nouns: every limit of the design, at it and one past it, and the field that is named."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from interview.v1 import core_pb2 as core

from services.common.errors import InvalidField
from services.orchestrator.interviews import Submission
from services.orchestrator.replies import shown
from services.orchestrator.specification import Language, PolicyMode
from services.orchestrator.translate import specification
from tests.fakes.messages import room, technical
from tests.fakes.nouns import begun

Spec = core.InterviewSpecification
Change = Callable[[Spec, int], None]
DEEP = "specification.topics[1].follow_ups[0]"


def deep(spec: Spec) -> core.PreparedQuestion:
    return spec.topics[1].follow_ups[0]


def criteria(spec: Spec, texts: list[str]) -> None:
    deep(spec).criteria.extend(core.Criterion(text=text) for text in texts)


def topics(spec: Spec, count: int) -> None:
    del spec.topics[:]
    spec.topics.extend(
        core.Topic(name=f"T{i}", start_question=core.PreparedQuestion(text=f"Q{i}")) for i in range(count)
    )


def follow_ups(spec: Spec, count: int) -> None:
    del spec.topics[1].follow_ups[:]
    spec.topics[1].follow_ups.extend(core.PreparedQuestion(text=f"Q{i}") for i in range(count))


# What is changed, the lowest and highest good value, and the path of the field that is named beyond them.
SIZES: dict[str, tuple[Change, int | None, int, str]] = {
    "candidate": (lambda s, n: setattr(s, "candidate_name", "я" * n), 1, 200, "specification.candidate_name"),
    "topic": (lambda s, n: setattr(s.topics[1], "name", "я" * n), 1, 100, "specification.topics[1].name"),
    "question": (lambda s, n: setattr(deep(s), "text", "я" * n), 1, 2000, f"{DEEP}.text"),
    "start question": (
        lambda s, n: setattr(s.topics[0].start_question, "text", "я" * n),
        1,
        2000,
        "specification.topics[0].start_question.text",
    ),
    "reference": (
        lambda s, n: setattr(deep(s), "reference_answer", "я" * n),
        None,
        8000,
        f"{DEEP}.reference_answer",
    ),
    "criterion": (lambda s, n: criteria(s, ["a", "b", "я" * n]), 1, 500, f"{DEEP}.criteria[2].text"),
    "criteria": (lambda s, n: criteria(s, [f"c{i}" for i in range(n)]), None, 12, f"{DEEP}.criteria"),
    "topics": (topics, 1, 20, "specification.topics"),
    "follow-ups": (follow_ups, None, 20, "specification.topics[1].follow_ups"),
    "max_depth": (lambda s, n: setattr(s.policy, "max_depth", n), 0, 5, "specification.policy.max_depth"),
    "max_questions": (
        lambda s, n: setattr(s.policy, "max_questions", n),
        2,  # as many as there are topics
        100,
        "specification.policy.max_questions",
    ),
    "threshold": (
        lambda s, n: setattr(s.policy, "min_score_threshold", n),
        0,
        10,
        "specification.policy.min_score_threshold",
    ),
    "difficulty": (lambda s, n: setattr(deep(s), "difficulty", n), None, 5, f"{DEEP}.difficulty"),
    "consent by": (
        lambda s, n: setattr(s.emotion_consent, "given_by", "я" * n),
        1,
        200,
        "specification.emotion_consent.given_by",
    ),
    "consent text": (
        lambda s, n: setattr(s.emotion_consent, "text_version", "я" * n),
        1,
        100,
        "specification.emotion_consent.text_version",
    ),
}


def good() -> Spec:
    spec = technical("A", "B", follow_ups=1)
    spec.policy.max_questions = 50
    spec.emotion_consent.given_by = "Анна"
    spec.emotion_consent.text_version = "v1"
    spec.emotion_consent.given_at.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    return spec


@pytest.mark.parametrize("name", SIZES)
def test_at_its_limits_a_specification_is_accepted(name: str) -> None:
    """The lowest and the highest value of the design's table are good ones."""
    change, lowest, highest, _ = SIZES[name]
    for value in (highest, highest if lowest is None else lowest):
        spec = good()
        change(spec, value)
        specification(spec)


@pytest.mark.parametrize("name", SIZES)
def test_one_past_a_limit_is_refused_by_the_path_of_its_field(name: str) -> None:
    """One more than the highest, one less than the lowest: InvalidField with the full path in the request."""
    change, lowest, highest, path = SIZES[name]
    for value in (highest + 1, None if lowest is None else lowest - 1):
        if value is None:
            continue
        spec = good()
        change(spec, value)
        with pytest.raises(InvalidField) as raised:
            specification(spec)
        assert raised.value.field == path


@pytest.mark.parametrize(
    ("weight", "is_good"),
    [(100, True), (100.1, False), (-1, False), (1e-9, True), (float("nan"), False), (float("inf"), False)],
)
def test_weights_are_above_zero_and_at_most_a_hundred(weight: float, is_good: bool) -> None:
    """0 is unset and means 1; beyond 100, below 0, infinite and no number at all are refused."""
    spec = good()
    deep(spec).criteria.add(text="a", weight=weight)
    if is_good:
        assert specification(spec).topics[1].follow_ups[0].criteria[0].weight == weight
        return
    with pytest.raises(InvalidField) as raised:
        specification(spec)
    assert raised.value.field == f"{DEEP}.criteria[0].weight"


def broken(change: Callable[[Spec], None], spec: Spec | None = None) -> Spec:
    spec = spec or good()
    change(spec)
    return spec


def rename(spec: Spec) -> None:
    spec.topics[1].name = " a"


def repeat(spec: Spec) -> None:
    deep(spec).text = spec.topics[0].start_question.text.upper()


def as_given(spec: Spec) -> None:
    spec.policy.mode = core.POLICY_MODE_AS_GIVEN
    spec.policy.max_questions = 3


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        (broken(lambda s: s.ClearField("kind")), "kind"),
        (broken(lambda s: setattr(s, "kind", 99)), "kind"),
        (broken(lambda s: setattr(s, "language", 99)), "language"),
        (broken(lambda s: setattr(s.policy, "mode", 99)), "policy.mode"),
        (broken(lambda s: setattr(s, "candidate_name", " \t\n")), "candidate_name"),
        (broken(lambda s: setattr(s, "candidate_name", "a\0b")), "candidate_name"),
        (broken(lambda s: setattr(s, "candidate_name", "a\x1bb")), "candidate_name"),
        (broken(lambda s: setattr(s, "candidate_name", "a\x85b")), "candidate_name"),
        (broken(lambda s: setattr(deep(s), "text", "a\0")), "topics[1].follow_ups[0].text"),
        (broken(lambda s: setattr(s, "room_id", "7")), "room_id"),
        (broken(lambda s: setattr(s, "room_id", ""), room("7")), "room_id"),
        (broken(lambda s: setattr(s, "room_id", "я" * 129), room("7")), "room_id"),
        (broken(lambda s: setattr(s, "room_id", "a\nb\x07"), room("7")), "room_id"),
        (broken(lambda s: s.topics[0].ClearField("start_question")), "topics[0].start_question.text"),
        (broken(rename), "topics[1].name"),
        (broken(repeat), "topics[1].follow_ups[0].text"),
        (broken(as_given), "policy.max_questions"),
        (broken(lambda s: s.emotion_consent.ClearField("given_at")), "emotion_consent.given_at"),
        (broken(lambda s: setattr(s.emotion_consent.given_at, "nanos", -1)), "emotion_consent.given_at"),
        (broken(lambda s: setattr(s.emotion_consent.given_at, "seconds", 2**60)), "emotion_consent.given_at"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_names_its_field(spec: Spec, path: str) -> None:
    """Unset and unknown enums, blanks, control characters, rooms, repeats, budget, consent."""
    with pytest.raises(InvalidField) as raised:
        specification(spec)
    assert raised.value.field == f"specification.{path}"


def test_tabs_and_line_ends_are_no_control_characters() -> None:
    """Text of several lines stays as it is."""
    text = "one\ttwo\r\nthree"
    spec = good()
    deep(spec).text = text
    assert specification(spec).topics[1].follow_ups[0].text == text


def test_unset_fields_take_their_defaults() -> None:
    """Russian, adaptive, threshold 7, depth 3, 20 questions, no consent, weight 1."""
    message = technical("A")
    message.topics[0].start_question.criteria.add(text="c")
    spec = specification(message)
    assert spec.language is Language.RU
    rules = spec.policy
    assert (rules.mode, rules.min_score_threshold, rules.max_depth) == (PolicyMode.ADAPTIVE, 7, 3)
    assert rules.max_questions == 20
    assert spec.emotion_consent is None
    assert spec.topics[0].start_question.criteria[0].weight == 1.0


def test_a_threshold_of_zero_is_a_value() -> None:
    """0 is not "unset" where the field is optional."""
    message = technical("A")
    message.policy.min_score_threshold = 0
    message.policy.max_depth = 0
    rules = specification(message).policy
    assert (rules.min_score_threshold, rules.max_depth) == (0, 0)


def test_a_specification_is_shown_as_given_with_its_defaults() -> None:
    """What GetInterview shows is read back as the same specification."""
    spec = specification(good())
    again = shown(begun(spec), None).specification
    assert specification(again) == spec


def submission(**changes: object) -> Submission:
    return Submission(**{"question_id": "q1", "text": "answer", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "a"},
        {"text": "я" * (16 * 1024)},
        {"text": "", "declined": True},
        {"frames": (b"x",) * 16},
        {"frames": (b"x" * 512 * 1024,)},
        {"text": "line\nline\ttab"},
    ],
)
def test_an_answer_at_its_limits_is_accepted(changes: dict[str, object]) -> None:
    """1 byte and 32 KiB of text, 16 frames, 512 KiB each, declined without text."""
    submission(**changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "answer_text"),
        ({"text": " \n\t"}, "answer_text"),
        ({"text": "я" * (16 * 1024) + "a"}, "answer_text"),
        ({"text": "a\0b"}, "answer_text"),
        ({"text": "some", "declined": True}, "answer_text"),
        ({"frames": (b"x",) * 17}, "frames"),
        ({"frames": (b"x", b"x" * (512 * 1024 + 1))}, "frames[1]"),
    ],
)
def test_an_answer_past_a_limit_is_refused(changes: dict[str, object], field: str) -> None:
    """Empty, a byte too long, with control characters, a frame too many, a byte too much in a frame."""
    with pytest.raises(InvalidField) as raised:
        submission(**changes)
    assert raised.value.field == field
