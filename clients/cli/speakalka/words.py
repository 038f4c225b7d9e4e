"""The words in which things of the proto are told."""

import re

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from rich.text import Text

_KIND = {core.INTERVIEW_KIND_ROOM: "room", core.INTERVIEW_KIND_TECHNICAL: "technical"}

_STATE = {
    core.INTERVIEW_STATE_IN_PROGRESS: "in progress",
    core.INTERVIEW_STATE_FINISHING: "finishing: answers are still being judged",
    core.INTERVIEW_STATE_COMPLETED: "completed",
    core.INTERVIEW_STATE_CANCELLED: "cancelled: there is no report",
}

_EMOTION = {number: name.removeprefix("EMOTION_").lower() for name, number in core.Emotion.items()}

_LANGUAGE = {core.LANGUAGE_RU: "Russian", core.LANGUAGE_EN: "English"}

_POLICY = {
    pb.EMOTION_POLICY_CONSENT: "read from candidates who agreed",
    pb.EMOTION_POLICY_OFF: "never read",
}

_UNSCORED = {
    core.UNSCORED_REASON_REFUSED: "the model refused to judge it",
    core.UNSCORED_REASON_FILTERED: "the model's content filter stopped the reply",
    core.UNSCORED_REASON_INVALID_REPLY: "the model's reply was cut off or invalid",
    core.UNSCORED_REASON_NOTHING_TO_JUDGE_BY: "the question has neither criteria nor a reference answer",
    core.UNSCORED_REASON_JUDGE_UNAVAILABLE: "the judge stayed away too long",
    core.UNSCORED_REASON_INTERVIEW_CANCELLED: "the interview was cancelled before the score came",
}

_ABSENCE = {
    core.EMOTION_ABSENCE_NO_FACE: "no emotion reading: no frame held exactly one usable face",
    core.EMOTION_ABSENCE_TIMEOUT: "no emotion reading: the emotion service took too long",
    core.EMOTION_ABSENCE_UNAVAILABLE: "no emotion reading: the emotion service is away",
    core.EMOTION_ABSENCE_CONSENT_WITHDRAWN: "no emotion reading: the consent was withdrawn",
}

# A newer orchestrator may say what this version has no word for.
_UNKNOWN = "unknown"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """`text` without control characters: nothing that others wrote may steer the terminal."""
    return _CONTROL.sub("�", text).strip()


def kind(value: core.InterviewKind) -> str:
    """The kind of an interview."""
    return _KIND.get(value, _UNKNOWN)


def state(value: core.InterviewState) -> str:
    """Where an interview stands."""
    return _STATE.get(value, _UNKNOWN)


def language(value: core.Language) -> str:
    """A language."""
    return _LANGUAGE.get(value, _UNKNOWN)


def emotion_policy(value: pb.EmotionPolicy) -> str:
    """Whether emotions are read."""
    return _POLICY.get(value, _UNKNOWN)


def emotion(value: core.Emotion) -> str:
    """The name of an emotion, as in reports."""
    return _EMOTION.get(value, _UNKNOWN)


def score(answer: core.Answer) -> Text:
    """The score as ten cells and a number, or that there is none."""
    if answer.state == core.ANSWER_STATE_PENDING:
        return Text("being judged", style="dim")
    return points(answer.score if answer.HasField("score") else None)


def points(value: int | None) -> Text:
    """`value` of ten, coloured by its band; None is no score, which is not a zero."""
    if value is None:
        return Text("no score", style="yellow")
    style = "green" if value >= 7 else "yellow" if value >= 4 else "red"
    return Text(f"{'■' * value}{'□' * (10 - value)} {value}/10", style=style)


def why_unscored(answer: core.Answer) -> str:
    """Why there is no score; empty when there is one."""
    return _UNSCORED.get(answer.unscored_reason, "")


def reading(answer: core.Answer) -> str:
    """The reading, or why there is none; empty when no frames came."""
    if not answer.HasField("emotion"):
        return _ABSENCE.get(answer.emotion_absence, "")
    found = answer.emotion
    photos = "1 photo" if found.accepted_frames == 1 else f"{found.accepted_frames} photos"
    return f"{emotion(found.primary_emotion)} {found.confidence:.0%} ({photos})"


def delivery(receipt: core.Delivery) -> str:
    """Where a report is."""
    detail = f" ({plain(receipt.detail)})" if receipt.detail else ""
    match receipt.status:
        case core.DELIVERY_STATUS_DELIVERED:
            place = f"topic {receipt.topic}, partition {receipt.partition}, offset {receipt.offset}"
            return f"delivered to Kafka: {place}"
        case core.DELIVERY_STATUS_FILED:
            return f"filed as {plain(receipt.file_name)} in the reporter's fallback directory{detail}"
        case core.DELIVERY_STATUS_REJECTED:
            where = f"; it stands aside as {plain(receipt.file_name)}" if receipt.file_name else ""
            return f"rejected{detail}{where}: a person must look at it"
        case _:
            return f"waiting in the orchestrator's store, which goes on delivering it{detail}"
