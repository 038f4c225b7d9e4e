"""An interview file: what to hold, and what the candidate answers.

The file is checked for its shape only (keys, kinds of values, photos that are there); the limits of
an interview are the orchestrator's to check, and its refusal names the field.
"""

from dataclasses import dataclass, field
from pathlib import Path

from interview.v1 import core_pb2 as core

from speakalka.failures import BadInput
from speakalka.node import Node, read_yaml
from speakalka.photos import read_photo

_KINDS = {"room": core.INTERVIEW_KIND_ROOM, "technical": core.INTERVIEW_KIND_TECHNICAL}
_LANGUAGES = {"ru": core.LANGUAGE_RU, "en": core.LANGUAGE_EN}
_MODES = {"adaptive": core.POLICY_MODE_ADAPTIVE, "as_given": core.POLICY_MODE_AS_GIVEN}
_NUMBERS_OF_POLICY = ("min_score_threshold", "max_depth", "max_questions")

QuestionKey = tuple[str, str]  # topic, text


@dataclass(frozen=True, slots=True)
class Script:
    """The specification, and the candidate's part in it."""

    specification: core.InterviewSpecification
    answers: dict[QuestionKey, str] = field(default_factory=dict)
    photos: dict[QuestionKey, bytes] = field(default_factory=dict)
    generated_answers: dict[str, list[str]] = field(default_factory=dict)


def read_script(file: Path, *, with_photos: bool = True) -> Script:
    """What stands in `file`; photos are looked for beside it. Raises BadInput."""
    keys = read_yaml(file).mapping(
        required=("kind", "candidate_name", "topics"),
        optional=("room_id", "language", "consent", "policy", "generated_answers"),
    )
    script = Script(_specification(keys))
    for topic in keys["topics"].items():
        name, questions = _topic_parts(topic)
        for question in questions:
            _add_answer(script, name, question, file.parent if with_photos else None)
    if "generated_answers" in keys:
        script.generated_answers.update(_generated_answers(keys["generated_answers"], script))
    return script


def _specification(keys: dict[str, Node]) -> core.InterviewSpecification:
    specification = core.InterviewSpecification(
        kind=keys["kind"].one_of(_KINDS),
        candidate_name=keys["candidate_name"].text(),
        topics=[_topic(topic) for topic in keys["topics"].items()],
    )
    if "room_id" in keys:
        specification.room_id = keys["room_id"].text()
    if "language" in keys:
        specification.language = keys["language"].one_of(_LANGUAGES)
    if "policy" in keys:
        specification.policy.CopyFrom(_policy(keys["policy"]))
    if "consent" in keys:
        specification.emotion_consent.CopyFrom(_consent(keys["consent"]))
    return specification


def _policy(node: Node) -> core.Policy:
    keys = node.mapping(optional=("mode", *_NUMBERS_OF_POLICY))
    policy = core.Policy()
    for name in _NUMBERS_OF_POLICY:
        if name in keys:
            setattr(policy, name, keys[name].integer())
    if "mode" in keys:
        policy.mode = keys["mode"].one_of(_MODES)
    return policy


def _consent(node: Node) -> core.EmotionConsent:
    keys = node.mapping(required=("given_by", "given_at", "text_version"))
    consent = core.EmotionConsent(given_by=keys["given_by"].text(), text_version=keys["text_version"].text())
    consent.given_at.FromDatetime(keys["given_at"].instant())
    return consent


def _topic_parts(node: Node) -> tuple[str, list[Node]]:
    keys = node.mapping(required=("name", "questions"))
    questions = keys["questions"].items()
    if not questions:
        raise keys["questions"].fault("needs at least one question: the topic begins with it")
    return keys["name"].text(), questions


def _topic(node: Node) -> core.Topic:
    name, questions = _topic_parts(node)
    start, *follow_ups = (_question(question) for question in questions)
    return core.Topic(name=name, start_question=start, follow_ups=follow_ups)


def _question_keys(node: Node) -> dict[str, Node]:
    return node.mapping(
        required=("text",), optional=("difficulty", "reference_answer", "criteria", "answer", "photo")
    )


def _question(node: Node) -> core.PreparedQuestion:
    keys = _question_keys(node)
    question = core.PreparedQuestion(text=keys["text"].text())
    if "reference_answer" in keys:
        question.reference_answer = keys["reference_answer"].text()
    if "difficulty" in keys:
        question.difficulty = keys["difficulty"].integer()
    if "criteria" in keys:
        question.criteria.extend(_criterion(item) for item in keys["criteria"].items())
    return question


def _criterion(node: Node) -> core.Criterion:
    keys = node.mapping(required=("text",), optional=("weight",))
    weight = keys["weight"].number() if "weight" in keys else 0
    return core.Criterion(text=keys["text"].text(), weight=weight)


def _add_answer(script: Script, topic: str, question: Node, photos_beside: Path | None) -> None:
    keys = _question_keys(question)
    key = (topic, keys["text"].text())
    if "answer" in keys:
        script.answers[key] = keys["answer"].text()
    if "photo" in keys:
        if not script.specification.HasField("emotion_consent"):
            raise keys["photo"].fault("a photo needs `consent`")
        if photos_beside:
            script.photos[key] = _photo(keys["photo"], photos_beside)


def _photo(node: Node, beside: Path) -> bytes:
    try:
        return read_photo(beside / node.text())
    except BadInput as error:
        raise node.fault(str(error)) from None


def _generated_answers(node: Node, script: Script) -> dict[str, list[str]]:
    names = [topic.name for topic in script.specification.topics]
    by_topic = node.free_mapping()
    for name, answers in by_topic.items():
        if name not in names:
            raise answers.fault(f"no such topic; there are {', '.join(names)}")
    return {name: [item.text() for item in answers.items()] for name, answers in by_topic.items()}
