"""Holds an interview from its first question to its report, and shows it as it happens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.interview_report_pb2 import InterviewReport
from tenacity import RetryCallState, Retrying, retry_if_result, stop_before_delay, wait_fixed

from speakalka.answering import AnswerSource, answer_from, stored
from speakalka.calls import Orchestrator
from speakalka.failures import Unfinished
from speakalka.show import Show

# A report that waits longer than this is left to the orchestrator, which goes on delivering it.
_RECEIPT_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """A completed interview."""

    report: InterviewReport
    delivery: core.Delivery


@dataclass(frozen=True, slots=True)
class Holder:
    """What holding an interview needs. `frames_for` gives the photos that go with an answer."""

    orchestrator: Orchestrator
    show: Show
    sources: Sequence[AnswerSource]
    frames_for: Callable[[core.AskedQuestion], list[bytes]]
    sleep: Callable[[float], None]
    patience_seconds: float

    def hold(self, specification: core.InterviewSpecification, request_id: str, *, repeat: bool) -> Outcome:
        """Asks until there are no more questions. `repeat`: the request id may have been used before.

        Raises CallFailed and Unfinished.
        """
        started = self.orchestrator.start(
            pb.StartInterviewRequest(request_id=request_id, specification=specification)
        )
        self.show.started(started.interview_id, specification)
        sources = list(self.sources)
        if repeat:
            sources.insert(0, stored(self.orchestrator.interview(started.interview_id).answers))
        question: core.AskedQuestion | None = started.first_question
        while question is not None:
            question = self._ask(started.interview_id, question, sources)
        return self._end(started.interview_id)

    def _ask(
        self, interview_id: str, question: core.AskedQuestion, sources: Sequence[AnswerSource]
    ) -> core.AskedQuestion | None:
        self.show.question(question)
        given = answer_from(sources, question)
        self.show.answer(given)
        request = pb.SubmitAnswerRequest(
            interview_id=interview_id,
            question_id=question.question_id,
            answer_text=given.text,
            declined=given.declined,
            frames=[] if given.declined else self.frames_for(question),
        )
        with self.show.waiting("judging"):
            response = self.orchestrator.submit(request)
        self.show.settled(response)
        return response.next_question if response.HasField("next_question") else None

    def _end(self, interview_id: str) -> Outcome:
        with self.show.waiting("closing"):
            finished = self._until_completed(interview_id)
            delivery = finished.delivery
            if _is_waiting(delivery):
                delivery = self._newest_receipt(interview_id)
        return Outcome(finished.report, delivery)

    def _until_completed(self, interview_id: str) -> pb.FinishInterviewResponse:
        def give_up(_: RetryCallState) -> pb.FinishInterviewResponse:
            raise Unfinished(
                f"{interview_id} is still being judged after {self.patience_seconds:g} s; "
                "its report follows by itself when that ends"
            )

        looking = Retrying(
            retry=retry_if_result(
                lambda reply: not isinstance(reply, pb.FinishInterviewResponse) or not _is_completed(reply)
            ),
            stop=stop_before_delay(self.patience_seconds),
            wait=wait_fixed(_LOOK_EVERY_SECONDS),
            sleep=self.sleep,
            retry_error_callback=give_up,
        )
        return looking(self.orchestrator.finish, interview_id)

    def _newest_receipt(self, interview_id: str) -> core.Delivery:
        looking = Retrying(
            retry=retry_if_result(
                lambda delivery: isinstance(delivery, core.Delivery) and _is_waiting(delivery)
            ),
            stop=stop_before_delay(_RECEIPT_SECONDS),
            wait=wait_fixed(_LOOK_EVERY_SECONDS),
            sleep=self.sleep,
            retry_error_callback=_last_result,
        )
        return looking(lambda: self.orchestrator.report(interview_id).delivery)


def _is_completed(reply: pb.FinishInterviewResponse) -> bool:
    return reply.state == core.INTERVIEW_STATE_COMPLETED


def _is_waiting(delivery: core.Delivery) -> bool:
    return delivery.status == core.DELIVERY_STATUS_WAITING


def _last_result(state: RetryCallState) -> core.Delivery:
    return state.outcome.result() if state.outcome else core.Delivery()
