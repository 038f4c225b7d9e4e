"""Requests that the rubric judge can answer."""

from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb


def answer_request() -> pb.EvaluateAnswerRequest:
    return pb.EvaluateAnswerRequest(
        topic="Python",
        question_text="Чем список отличается от кортежа?",
        answer_text="Список изменяемый, а кортеж неизменяемый.",
        difficulty=1,
        criteria=[
            core_pb2.Criterion(text="Кортеж неизменяемый"),
            core_pb2.Criterion(text="Память", weight=3),
        ],
    )


def follow_up_request() -> pb.GenerateFollowUpRequest:
    return pb.GenerateFollowUpRequest(
        topic="Python",
        difficulty=2,
        turns=[pb.Turn(question_text="Что такое список?", answer_text="Массив.")],
    )


def draft_request() -> pb.DraftCriteriaRequest:
    return pb.DraftCriteriaRequest(topic="Python", question_text="Что такое список?", difficulty=1)
