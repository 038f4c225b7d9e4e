"""Requests to the evaluator, and what a refused one is told."""

from collections.abc import Awaitable

import grpc.aio
import pytest
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from tests.rpc.evaluator_channel import Told

ANSWER = (
    "Кортеж неизменяемый, список изменяемый. Поэтому кортеж хешируется и бывает ключом словаря, "
    "потому что его состав не меняется."
)
CRITERIA = [
    core_pb2.Criterion(text="Кортеж неизменяемый", weight=2),
    core_pb2.Criterion(text="Кортеж хешируется: ключ словаря"),
]


def answer_request(answer: str = ANSWER) -> pb.EvaluateAnswerRequest:
    return pb.EvaluateAnswerRequest(
        topic="Python",
        question_text="Чем список отличается от кортежа?",
        answer_text=answer,
        difficulty=1,
        criteria=CRITERIA,
        earlier_turns=[pb.Turn(question_text="Что такое список?", answer_text="Массив ссылок.")],
    )


def follow_up_request() -> pb.GenerateFollowUpRequest:
    return pb.GenerateFollowUpRequest(
        topic="Кортежи",
        difficulty=2,
        turns=[pb.Turn(question_text="Чем список отличается от кортежа?", answer_text=ANSWER)],
        last_verdicts=[
            core_pb2.CriterionVerdict(
                criterion="Кортеж занимает меньше памяти",
                verdict=core_pb2.VERDICT_NOT_MET,
                quote="слова кандидата",
                reason="не сказано",
            )
        ],
        known_questions=["Что такое множество?"],
    )


def draft_request() -> pb.DraftCriteriaRequest:
    return pb.DraftCriteriaRequest(
        topic="Python",
        question_text="Чем список отличается от кортежа?",
        difficulty=1,
        reference_answer="Список изменяемый. Кортеж хешируется.",
    )


async def refused(call: Awaitable[object]) -> Told:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return Told(error.value)
