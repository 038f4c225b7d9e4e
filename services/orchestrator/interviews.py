"""What a caller can do with interviews. Every step is stored before the next thing is called."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.common import logs
from services.common.clock import Clock
from services.common.errors import DomainError, InvalidField
from services.common.fields import without_control_characters
from services.orchestrator import metrics, policy, report
from services.orchestrator.answer import Answer
from services.orchestrator.frame_sums import check_frames
from services.orchestrator.interview import Interview, InterviewState
from services.orchestrator.record_size import LARGEST_ANSWER_BYTES, json_bytes
from services.orchestrator.refusals import (
    ConsentMissing,
    EmotionOff,
    InterviewCancelled,
    ReportNotReady,
    RequestIdUsed,
)
from services.orchestrator.specification import Specification
from services.orchestrator.store import LostRace, Store, Stored, StoredReport

MAX_ANSWER_BYTES = 32 * 1024

log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer as its caller hands it in. Raises InvalidField when it breaks a limit."""

    question_id: str
    text: str
    declined: bool = False
    frames: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.declined and self.text:
            raise InvalidField("answer_text", "must be empty when declined")
        if not self.declined and not self.text.strip():
            raise InvalidField("answer_text", "must not be empty")
        size = len(self.text.encode())
        if size > MAX_ANSWER_BYTES:
            raise InvalidField("answer_text", f"at most {MAX_ANSWER_BYTES:,} bytes, has {size:,}")
        without_control_characters("answer_text", self.text)
        size = json_bytes(self.text)
        if size > LARGEST_ANSWER_BYTES:
            why = f"at most {LARGEST_ANSWER_BYTES:,} bytes as JSON, where quotes take two, has {size:,}"
            raise InvalidField("answer_text", why)
        check_frames(self.frames)


class Interviews:
    """Starts, answers, finishes and shows interviews."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        new_id: Callable[[], str],
        timezone: tzinfo,
        reads_emotions: bool,
    ) -> None:
        """`new_id` makes interview ids; `timezone` formats the report's times."""
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._timezone = timezone
        self._reads_emotions = reads_emotions

    async def start(self, specification: Specification, request_id: str) -> Interview:
        """A new interview, or the one this `request_id` started. Raises RequestIdUsed."""
        new = Interview(
            interview_id=self._new_id(),
            specification=specification,
            asked=(policy.first_question(specification),),
            touched_at=self._clock.now(),
        )
        kept = await self._store.add(new, request_id)
        if kept.specification != specification:
            raise RequestIdUsed(request_id, kept.interview_id)
        if kept is new:
            _count(new, "started")
        return kept

    async def receive(self, interview_id: str, submission: Submission) -> Stored:
        """Keeps an answer, PENDING. A repeat changes nothing, whatever became of the consent since.

        Raises InterviewNotFound, QuestionNotFound, AnswerExists, InterviewClosed, ConsentMissing, EmotionOff.
        """
        answer = Answer(
            question_id=submission.question_id,
            text=submission.text,
            received_at=self._clock.now(),
            declined=submission.declined,
            frames=len(submission.frames),
        )

        def add(interview: Interview) -> Interview:
            received = interview.received(answer)
            if submission.frames and received is not interview:
                self.check_emotions(interview)
            return received

        return await self._changed(interview_id, add, take_lease=True)  # who receives it judges it

    async def finish(self, interview_id: str) -> Interview:
        """Ends an interview: COMPLETED with its report, or FINISHING while an answer is pending."""
        return await self.change(interview_id, lambda interview: interview.finished(self._clock.now()))

    async def cancel(self, interview_id: str) -> Interview:
        """Ends an interview without a report. Raises InterviewNotFound, InterviewCompleted."""
        return await self.change(interview_id, lambda interview: interview.cancelled())

    async def withdraw_consent(self, interview_id: str) -> Interview:
        """Erases all readings; a report that tells of them is replaced. Raises InterviewNotFound."""
        return await self.change(
            interview_id, lambda interview: interview.consent_withdrawn(self._clock.now())
        )

    async def abandon(self, interview_id: str, since: datetime) -> Interview:
        """Ends an interview that waits for its caller since before `since`; leaves any other as it is."""

        def end(interview: Interview) -> Interview:
            waits = interview.open_question is not None and interview.touched_at < since
            return interview.finished(self._clock.now()) if waits else interview

        return await self.change(interview_id, end, transition="abandoned")

    def reads_faces(self, interview: Interview) -> bool:
        """Whether frames of this interview may be read now."""
        return self._reads_emotions and interview.consents

    def check_emotions(self, interview: Interview) -> None:
        """Raises EmotionOff or ConsentMissing when no frames may be taken."""
        if not self._reads_emotions:
            raise EmotionOff
        if not interview.consents:
            raise ConsentMissing(interview.interview_id)

    async def add_frames(
        self, interview_id: str, count: Callable[[Interview, datetime], Interview]
    ) -> Interview:
        """Stores `count(interview, now)`, the interview with more frames counted."""
        return await self.change(interview_id, lambda interview: count(interview, self._clock.now()))

    async def get(self, interview_id: str) -> Interview:
        """The interview as it stands. Raises InterviewNotFound."""
        return (await self._store.get(interview_id)).interview

    async def report(self, interview_id: str) -> StoredReport:
        """The newest report and where it is. Raises InterviewNotFound, ReportNotReady, InterviewCancelled."""
        try:
            return await self._store.report(interview_id)
        except ReportNotReady:
            if (await self.get(interview_id)).state is InterviewState.CANCELLED:
                raise InterviewCancelled(interview_id) from None
            raise

    async def change(
        self,
        interview_id: str,
        step: Callable[[Interview], Interview],
        *,
        transition: str = "",
    ) -> Interview:
        """Stores `step(interview)`; again on what others stored in between. `step` must be pure.

        The write that completes an interview, or makes a next revision due, writes the report too.
        `transition`: what a change of state is counted as, if not by the name of the new state.
        """
        return (await self._changed(interview_id, step, transition=transition)).interview

    async def _changed(
        self,
        interview_id: str,
        step: Callable[[Interview], Interview],
        *,
        transition: str = "",
        take_lease: bool = False,
    ) -> Stored:
        """What `change` does. `take_lease`: as Store.save has it."""
        read = self._store.known(interview_id)
        changed = _change(read, step)
        while True:
            if read is None or changed is None:
                read = await self._store.get(interview_id)
                changed = step(read.interview)
            if changed is read.interview:
                return read
            try:
                saved = await self._save(read, changed, take_lease=take_lease)
            except LostRace:
                read = None
                continue
            if changed.state is not read.interview.state:
                _count(changed, transition or changed.state.value.lower())
            return saved

    async def _save(self, read: Stored, changed: Interview, *, take_lease: bool) -> Stored:
        completes = changed.state is not read.interview.state and changed.state is InterviewState.COMPLETED
        replaces = changed.revision > read.interview.revision
        newest = report.build(changed, self._timezone) if completes or replaces else None
        return await self._store.save(read, changed, newest, take_lease=take_lease, erase_earlier=replaces)


def _change(known: Stored | None, step: Callable[[Interview], Interview]) -> Interview | None:
    """What the step makes of what is known. None: no change, or a refusal: look first."""
    if known is None:
        return None
    try:
        changed = step(known.interview)
    except DomainError:
        return None
    return None if changed is known.interview else changed


def _count(interview: Interview, transition: str) -> None:
    kind = interview.specification.kind.value
    metrics.INTERVIEWS.labels(kind, transition).inc()
    log.info("interview " + transition, interview_id=interview.interview_id, kind=kind)
