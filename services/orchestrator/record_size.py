"""How large the record of an interview can get, known before it starts: what cannot be delivered is refused.

A record is JSON, and text counts as it stands there: quotes, backslashes, tabs and line ends take two bytes.
What is known at the start (names, prepared questions) counts as it is; an answer, a generated question and a
reading count as the largest there can be; the rest is the room that each answer's judgement has.
"""

from dataclasses import replace
from heapq import nlargest
from typing import TypeAlias

import orjson

from services.common.errors import InvalidField
from services.orchestrator.judgement import CriterionVerdict, Judgement, Provenance, Unscored
from services.orchestrator.specification import PolicyMode, Specification, Topic

LARGEST_RECORD_BYTES = 4 * 1024 * 1024
# GetInterview tells the specification and all answers, which take no more than their record: 10 MiB together.
LARGEST_SPECIFICATION_BYTES = 5 * 1024 * 1024
LARGEST_ANSWER_BYTES = 34 * 1024
LARGEST_GENERATED_QUESTION_BYTES = 2_000
LARGEST_JUDGEMENT_BYTES = 64 * 1024
LEAST_JUDGEMENT_BYTES = 3 * 1024

SHORTENED = "texts_shortened"

# Keys, numbers and what is always small: of the whole record, of an answer with its reading and provenance,
# and of a verdict. A test holds them against the reporter's own encoding.
_RECORD_FRAME = 1_200
_ANSWER_FRAME = 1_400
_VERDICT_FRAME = 100

# What a provenance may hold, in bytes; its keys and numbers are part of an answer's frame.
_LARGEST_NAME = 40
_LARGEST_MODEL = 200
_LARGEST_HASH = 64
_MOST_FLAGS = 8

Outcome: TypeAlias = Judgement | Unscored


def json_bytes(text: str) -> int:
    """What `text` takes in the record, its quotation marks included."""
    return len(orjson.dumps(text))


def check_record(specification: Specification) -> None:
    """Raises InvalidField when the longest interview there can be would make too large a record."""
    room = _room(specification)
    if room >= LEAST_JUDGEMENT_BYTES:
        return
    as_given = specification.policy.mode is PolicyMode.AS_GIVEN
    count = len(_question_sizes(specification))
    over = count * (LEAST_JUDGEMENT_BYTES - room)
    raise InvalidField(
        "topics" if as_given else "policy.max_questions",
        f"{count} questions of these texts can make a record of {LARGEST_RECORD_BYTES + over:,} bytes,"
        f" and none larger than {LARGEST_RECORD_BYTES:,} can be delivered",
    )


def judgement_room(specification: Specification) -> int:
    """Bytes that evaluation and verdicts of each answer may take in the record."""
    return min(max(_room(specification), LEAST_JUDGEMENT_BYTES), LARGEST_JUDGEMENT_BYTES)


def fitted(outcome: Outcome, specification: Specification) -> Outcome:
    """With texts that fit into the record: the longest are cut until all of them do, and a flag says so."""
    outcome = _with(outcome, _bounded(outcome.provenance) if outcome.provenance else None)
    texts = _texts(outcome)
    frames = _VERDICT_FRAME * len(_verdicts(outcome))
    taken = frames + sum(map(json_bytes, texts))
    if taken <= LEAST_JUDGEMENT_BYTES or taken <= (room := judgement_room(specification)):
        return outcome
    cap = _level([json_bytes(text) for text in texts], room - frames)
    return _flagged(_cut(outcome, cap))


def _room(specification: Specification) -> int:
    sizes = _question_sizes(specification)
    head = _RECORD_FRAME + json_bytes(specification.candidate_name) + json_bytes(specification.room_id)
    head += sum(json_bytes(topic.name) + 1 for topic in specification.topics)
    return (LARGEST_RECORD_BYTES - head - sum(sizes)) // len(sizes) - _ANSWER_FRAME - LARGEST_ANSWER_BYTES


def _question_sizes(specification: Specification) -> list[int]:
    """What text and topic of each question take, in the longest interview there can be."""
    policy = specification.policy
    if policy.mode is PolicyMode.AS_GIVEN:
        return [
            _size(topic, question.text) for topic in specification.topics for _, question in topic.questions()
        ]
    starts = [_size(topic, topic.start_question.text) for topic in specification.topics]
    deeper = [size for topic in specification.topics for size in _follow_up_sizes(topic, policy.max_depth)]
    return starts + nlargest(policy.max_questions - len(starts), deeper)


def _follow_up_sizes(topic: Topic, max_depth: int) -> list[int]:
    """Prepared ones come first; where they end, questions are generated."""
    prepared = [_size(topic, question.text) for question in topic.follow_ups[:max_depth]]
    generated = json_bytes(topic.name) + LARGEST_GENERATED_QUESTION_BYTES
    return prepared + [generated] * (max_depth - len(prepared))


def _size(topic: Topic, question: str) -> int:
    return json_bytes(topic.name) + json_bytes(question)


def _verdicts(outcome: Outcome) -> tuple[CriterionVerdict, ...]:
    return outcome.verdicts if isinstance(outcome, Judgement) else ()


def _texts(outcome: Outcome) -> list[str]:
    whole = outcome.text if isinstance(outcome, Judgement) else outcome.detail
    return [whole, *(text for v in _verdicts(outcome) for text in (v.criterion, v.quote, v.reason))]


def _level(sizes: list[int], room: int) -> int:
    """The largest size to which all sizes above it have to be cut for their sum to be at most `room`."""
    left = len(sizes)
    for size in sorted(sizes):
        if size * left > room:
            break
        room -= size
        left -= 1
    return room // left


def _cut(outcome: Outcome, cap: int) -> Outcome:
    if isinstance(outcome, Unscored):
        return replace(outcome, detail=_shortened(outcome.detail, cap))
    verdicts = tuple(
        replace(
            verdict,
            criterion=_shortened(verdict.criterion, cap),
            quote=_shortened(verdict.quote, cap, mark=""),  # what is left still stands in the answer
            reason=_shortened(verdict.reason, cap),
        )
        for verdict in outcome.verdicts
    )
    return replace(outcome, text=_shortened(outcome.text, cap), verdicts=verdicts)


def _shortened(text: str, most_bytes: int, *, mark: str = "…") -> str:
    """`text`, or as much of its beginning, with `mark`, as takes at most `most_bytes`."""
    if json_bytes(text) <= most_bytes:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if json_bytes(text[:middle] + mark) <= most_bytes:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + mark


def _bounded(provenance: Provenance) -> Provenance:
    return replace(
        provenance,
        judge=_shortened(provenance.judge, _LARGEST_NAME),
        model=_shortened(provenance.model, _LARGEST_MODEL),
        prompt_version=_shortened(provenance.prompt_version, _LARGEST_NAME),
        rubric_version=_shortened(provenance.rubric_version, _LARGEST_NAME),
        input_hash=_shortened(provenance.input_hash, _LARGEST_HASH + 2),
        flags=tuple(_shortened(flag, _LARGEST_NAME) for flag in provenance.flags[:_MOST_FLAGS]),
    )


def _flagged(outcome: Outcome) -> Outcome:
    provenance = outcome.provenance
    if provenance is None:
        return outcome
    return _with(outcome, replace(provenance, flags=(*provenance.flags[: _MOST_FLAGS - 1], SHORTENED)))


def _with(outcome: Outcome, provenance: Provenance | None) -> Outcome:
    if provenance is None:
        return outcome
    return replace(outcome, provenance=provenance)
