"""Requests as callers of the orchestrator send them."""

from interview.v1 import core_pb2 as core


def technical(*topics: str, follow_ups: int = 0) -> core.InterviewSpecification:
    """A technical interview on these topics, each with so many prepared follow-ups."""
    return core.InterviewSpecification(
        kind=core.INTERVIEW_KIND_TECHNICAL,
        candidate_name="Анна",
        topics=[
            core.Topic(
                name=name,
                start_question=core.PreparedQuestion(text=f"{name} start?", reference_answer=f"about {name}"),
                follow_ups=[
                    core.PreparedQuestion(text=f"{name} follow-up {i}?") for i in range(1, follow_ups + 1)
                ],
            )
            for name in topics or ("Python",)
        ],
    )


def room(room_id: str) -> core.InterviewSpecification:
    """An interview in a video room, on one topic."""
    spec = technical()
    spec.kind = core.INTERVIEW_KIND_ROOM
    spec.room_id = room_id
    return spec


def consented(*topics: str) -> core.InterviewSpecification:
    """A technical interview whose candidate agreed to emotion analysis."""
    spec = technical(*topics)
    spec.emotion_consent.given_by = "Анна"
    spec.emotion_consent.text_version = "v1"
    spec.emotion_consent.given_at.FromJsonString("2026-11-22T09:00:00Z")
    return spec
