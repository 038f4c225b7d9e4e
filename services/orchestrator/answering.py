"""Answers as their callers hand them in: one by one, or a whole transcript of an interview that was held."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.orchestrator.interview import Interview
from services.orchestrator.interviews import Interviews, Submission
from services.orchestrator.judging import Judging
from services.orchestrator.specification import Specification


@dataclass(frozen=True, slots=True)
class Transcript:
    """An interview that was held: what was asked, as given, and what was answered, in the same order."""

    specification: Specification
    answers: tuple[Submission, ...]


@dataclass(frozen=True, slots=True)
class Assessed:
    """How far an assessment has come: after its start, after the answer to this question, or at its end."""

    interview: Interview
    question_id: str = ""
    ended: bool = False


@dataclass(frozen=True)
class Answering:
    """Stores answers, has them judged, and drops judgements of interviews that are cancelled."""

    interviews: Interviews
    judging: Judging

    async def submit(self, interview_id: str, submission: Submission) -> Interview:
        """The interview once this answer is settled. Raises what receiving and judging it raise."""
        received = await self.interviews.receive(interview_id, submission)
        if not received.interview.unsettled(submission.question_id):
            return received.interview
        # A repeat brings its frames again: they are not read once the consent is withdrawn.
        frames = submission.frames if self.interviews.reads_faces(received.interview) else ()
        return await self.judging.settle(interview_id, submission.question_id, frames, received)

    async def assess(self, transcript: Transcript, request_id: str) -> AsyncGenerator[Assessed, None]:
        """The interview after its start, after each answer, and after its end.

        Every step is stored like that of any other interview: what fails or is left half way goes on where
        it stood when it is repeated with the same `request_id`. Raises what the steps raise.
        """
        interview = await self.interviews.start(transcript.specification, request_id)
        yield Assessed(interview)
        for submission in transcript.answers:
            interview = await self.submit(interview.interview_id, submission)
            yield Assessed(interview, submission.question_id)
        yield Assessed(await self.interviews.finish(interview.interview_id), ended=True)

    async def cancel(self, interview_id: str) -> Interview:
        """Ends an interview without a report. Raises InterviewNotFound, InterviewCompleted."""
        interview = await self.interviews.cancel(interview_id)
        self.judging.drop(interview_id)
        return interview
