"""What a caller is refused, each named for the fact; reasons are those of `error_reason.proto`."""

from services.common.errors import Conflict, NotAllowed, NotFound


class InterviewNotFound(NotFound):
    """There is no such interview."""

    reason = "INTERVIEW_NOT_FOUND"

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"no interview {interview_id!r}", interview_id=interview_id)


class QuestionNotFound(NotFound):
    """The question was not asked in this interview."""

    reason = "QUESTION_NOT_FOUND"

    def __init__(self, interview_id: str, question_id: str) -> None:
        super().__init__(
            f"question {question_id!r} was not asked in {interview_id}",
            interview_id=interview_id,
            question_id=question_id,
        )


class AnswerExists(Conflict):
    """The question has another answer already."""

    reason = "ANSWER_EXISTS"

    def __init__(self, interview_id: str, question_id: str) -> None:
        super().__init__(
            f"question {question_id} has another answer already; the first one stands",
            interview_id=interview_id,
            question_id=question_id,
        )


class InterviewClosed(NotAllowed):
    """The interview takes no more answers."""

    reason = "INTERVIEW_CLOSED"

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"{interview_id} takes no more answers", interview_id=interview_id)


class RequestIdUsed(Conflict):
    """The request id was used to start an interview of another specification."""

    reason = "REQUEST_ID_USED"

    def __init__(self, request_id: str, interview_id: str) -> None:
        super().__init__(
            f"request_id {request_id!r} started another interview",
            request_id=request_id,
            interview_id=interview_id,
        )


class ConsentMissing(NotAllowed):
    """Frames came, but the interview carries no consent."""

    reason = "CONSENT_MISSING"

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"{interview_id} carries no consent to emotion analysis", interview_id=interview_id)


class EmotionOff(NotAllowed):
    """Frames came, but this deployment reads no emotions."""

    reason = "EMOTION_OFF"

    def __init__(self) -> None:
        super().__init__("this deployment reads no emotions")


class ReportNotReady(NotAllowed):
    """The interview is not completed, so it has no report yet."""

    reason = "REPORT_NOT_READY"

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"{interview_id} is not completed yet", interview_id=interview_id)


class InterviewCancelled(NotAllowed):
    """The interview was cancelled: it has no report and never will have one."""

    reason = "INTERVIEW_CANCELLED"

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"{interview_id} was cancelled and has no report", interview_id=interview_id)


class InterviewCompleted(NotAllowed):
    """The interview is completed: its report stands, so it can no longer be cancelled."""

    reason = "INTERVIEW_COMPLETED"

    def __init__(self, interview_id: str) -> None:
        super().__init__(f"{interview_id} is completed; its report stands", interview_id=interview_id)


class AnswerSettled(NotAllowed):
    """Frames came after the answer had its result."""

    reason = "ANSWER_SETTLED"

    def __init__(self, interview_id: str, question_id: str) -> None:
        super().__init__(
            f"the answer to {question_id} is settled and takes no more frames",
            interview_id=interview_id,
            question_id=question_id,
        )


class TooManyFrames(NotAllowed):
    """The question has had as many batches of frames as are taken."""

    reason = "TOO_MANY_FRAMES"

    def __init__(self, interview_id: str, question_id: str) -> None:
        super().__init__(
            f"{question_id} has had as many batches of frames as are taken",
            interview_id=interview_id,
            question_id=question_id,
        )
