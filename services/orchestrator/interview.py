"""An interview as a value: every step returns the next one. Knows no clock, store, network or policy.

IN_PROGRESS ──finish, an answer pending──▶ FINISHING ──last answer settled──▶ COMPLETED
     ├──────────finish, none pending────────────┼────────────────────────────▶┘
     └──────────cancel──────────────────────────┴──────▶ CANCELLED
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from services.orchestrator.answer import Answer, AskedQuestion
from services.orchestrator.frame_sums import MAX_BATCHES, FrameSums
from services.orchestrator.judgement import (
    EmotionAbsence,
    EmotionReading,
    Judgement,
    Unscored,
    UnscoredReason,
)
from services.orchestrator.record_size import fitted
from services.orchestrator.refusals import (
    AnswerExists,
    AnswerSettled,
    InterviewCancelled,
    InterviewClosed,
    InterviewCompleted,
    QuestionNotFound,
    TooManyFrames,
)
from services.orchestrator.specification import Specification, same_text


class InterviewState(Enum):
    """Where an interview stands."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHING = "FINISHING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Interview:
    """One interview. `answers[i]` answers `asked[i]`; at most the last question is unanswered.

    `frames`: what came in batches for the last question, until its answer is settled. `revision`: that of
    its newest report, once it is completed.
    """

    interview_id: str
    specification: Specification
    asked: tuple[AskedQuestion, ...]
    touched_at: datetime
    answers: tuple[Answer, ...] = ()
    state: InterviewState = InterviewState.IN_PROGRESS
    completed_at: datetime | None = None
    frames: FrameSums | None = None
    consent_withdrawn_at: datetime | None = None
    revision: int = 1

    @property
    def consents(self) -> bool:
        """Whether frames may be taken and readings kept."""
        return self.specification.emotion_consent is not None and self.consent_withdrawn_at is None

    @property
    def open_question(self) -> AskedQuestion | None:
        """What waits for an answer."""
        waits = self.state is InterviewState.IN_PROGRESS and len(self.asked) > len(self.answers)
        return self.asked[-1] if waits else None

    @property
    def pending_answer(self) -> Answer | None:
        """What waits for a score: only the last answer can."""
        return self.answers[-1] if self.answers and self.answers[-1].pending else None

    @property
    def step_due(self) -> bool:
        """Whether the last answer is settled and what comes next is still to be decided."""
        return (
            self.state is InterviewState.IN_PROGRESS
            and self.open_question is None
            and self.pending_answer is None
        )

    def unsettled(self, question_id: str) -> bool:
        """Whether this answer still waits for its score, or for the step that follows it."""
        answer = self.answer(question_id)
        last = answer is not None and answer is self.answers[-1]
        return last and (self.pending_answer is not None or self.step_due)

    def question(self, question_id: str) -> AskedQuestion:
        """The question asked under this id. Raises QuestionNotFound."""
        for question in self.asked:
            if question.question_id == question_id:
                return question
        raise QuestionNotFound(self.interview_id, question_id)

    def answer(self, question_id: str) -> Answer | None:
        """The answer to this question, if there is one."""
        return next((answer for answer in self.answers if answer.question_id == question_id), None)

    def topic_name(self, question: AskedQuestion) -> str:
        """Name of the topic a question belongs to."""
        return self.specification.topics[question.topic_index].name

    def knows(self, text: str) -> bool:
        """Whether this question was asked or is prepared, but for case and white space."""
        return same_text(text) in {same_text(known) for known in self.known_questions()}

    def known_questions(self) -> tuple[str, ...]:
        """Texts of all questions asked or prepared, once each."""
        prepared = (question.text for topic in self.specification.topics for _, question in topic.questions())
        return tuple(dict.fromkeys((*(question.text for question in self.asked), *prepared)))

    def received(self, answer: Answer) -> "Interview":
        """With a new answer; itself when the very same answer is there already.

        Raises QuestionNotFound, AnswerExists, InterviewClosed.
        """
        self.question(answer.question_id)
        known = self.answer(answer.question_id)
        if known is not None:
            if (known.text, known.declined) != (answer.text, answer.declined):
                raise AnswerExists(self.interview_id, answer.question_id)
            return self
        if self.open_question is None:
            raise InterviewClosed(self.interview_id)
        return replace(self, answers=(*self.answers, answer), touched_at=answer.received_at)

    def frame_sums(self, question_id: str) -> FrameSums:
        """What the frames of this question came to so far, if more may come.

        Raises QuestionNotFound, AnswerSettled, InterviewClosed.
        """
        self.question(question_id)
        answer = self.answer(question_id)
        if answer is not None and not answer.pending:
            raise AnswerSettled(self.interview_id, question_id)
        if answer is None and self.open_question is None:
            raise InterviewClosed(self.interview_id)
        return self.frames or FrameSums(question_id)

    def with_frames(self, sums: FrameSums, now: datetime) -> "Interview":
        """With these sums; itself when they are what it has. Raises TooManyFrames."""
        if sums is self.frames:
            return self
        if len(sums.batches) > MAX_BATCHES:
            raise TooManyFrames(self.interview_id, sums.question_id)
        return replace(self, frames=sums, touched_at=now)

    def with_reading(
        self, question_id: str, reading: EmotionReading | None, absence: EmotionAbsence | None
    ) -> "Interview":
        """With what the frames showed, while the answer is pending and has no reading; else itself."""
        answer = self.answer(question_id)
        if answer is None or not answer.pending or answer.emotion is not None or self.consent_withdrawn_at:
            return self
        if reading is None and absence is answer.emotion_absence:
            return self
        return self._with(replace(answer, emotion=reading, emotion_absence=absence))

    def settled(self, question_id: str, outcome: Judgement | Unscored) -> "Interview":
        """With the outcome of an answer; itself when it is settled already: a late result is dropped."""
        answer = self.answer(question_id)
        if answer is None or not answer.pending:
            return self
        if self.frames is not None:
            answer = answer.seen(self.frames)
        return replace(self._with(answer.settled(fitted(outcome, self.specification))), frames=None)

    def asking(self, question: AskedQuestion) -> "Interview":
        """With the next question put to the candidate."""
        return replace(self, asked=(*self.asked, question))

    def follow_up_skipped(self) -> "Interview":
        """With a mark at the last answer: a follow-up was due but none could be had."""
        return self._with(replace(self.answers[-1], follow_up_skipped=True))

    def finished(self, now: datetime) -> "Interview":
        """Closed to answers: COMPLETED at `now`, or FINISHING while one is pending; itself when completed.

        Raises InterviewCancelled.
        """
        if self.state is InterviewState.CANCELLED:
            raise InterviewCancelled(self.interview_id)
        if self.state is InterviewState.COMPLETED:
            return self
        if self.pending_answer is not None:
            return replace(self, state=InterviewState.FINISHING)
        whole_milliseconds = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return replace(self, state=InterviewState.COMPLETED, completed_at=whole_milliseconds, frames=None)

    def cancelled(self) -> "Interview":
        """Ended without a report; a pending answer stays without a score. Itself when cancelled already.

        Raises InterviewCompleted.
        """
        if self.state is InterviewState.COMPLETED:
            raise InterviewCompleted(self.interview_id)
        if self.state is InterviewState.CANCELLED:
            return self
        if self.pending_answer is not None:
            dropped = Unscored(UnscoredReason.INTERVIEW_CANCELLED)
            return self.settled(self.pending_answer.question_id, dropped).cancelled()
        return replace(self, state=InterviewState.CANCELLED, frames=None)

    def consent_withdrawn(self, now: datetime) -> "Interview":
        """Without any reading, closed to frames; a report that tells of readings gets a next revision.

        Itself when there was no consent, or it is withdrawn already.
        """
        if not self.consents:
            return self
        reported = self.state is InterviewState.COMPLETED and any(a.emotion for a in self.answers)
        return replace(
            self,
            answers=tuple(answer.unseen() for answer in self.answers),
            touched_at=now,
            frames=None,
            consent_withdrawn_at=now,
            revision=self.revision + reported,
        )

    def _with(self, changed: Answer) -> "Interview":
        return replace(
            self,
            answers=tuple(changed if a.question_id == changed.question_id else a for a in self.answers),
        )
