"""What follows a settled answer: the next question, which may have to be written first, or the end."""

from dataclasses import dataclass

from services.common import logs
from services.common.clock import Clock
from services.orchestrator import policy
from services.orchestrator.interview import Interview
from services.orchestrator.interviews import Interviews
from services.orchestrator.judges import FollowUp, Judge, NoFollowUp
from services.orchestrator.tasks import follow_up_task

log = logs.get_logger()


@dataclass(frozen=True)
class NextStep:
    """Takes the step that the policy decides on."""

    interviews: Interviews
    judge: Judge
    clock: Clock

    def without_writing(self, interview: Interview) -> Interview:
        """Takes the next step in the write that settles, unless a question has to be written for it."""
        if not interview.step_due:
            return interview.finished(self.clock.now())  # it was FINISHING, and this was its last answer
        decision = policy.decide(interview)
        return interview if isinstance(decision, policy.Generate) else self._taken(interview, decision)

    async def take(self, interview: Interview, until: float) -> Interview:
        """Takes a step that is still due: a question has to be written, or a process died before it.

        `until`, by the monotonic clock: the time that writing a question has. Raises StoreUnavailable.
        """
        if not interview.step_due:
            return interview
        decision = policy.decide(interview)
        if not isinstance(decision, policy.Generate):
            return await self._changed(interview, lambda current: self._taken(current, decision))
        written = await self._written(interview, decision, until)
        if written is None:
            return await self._changed(
                interview, lambda current: self._taken(current.follow_up_skipped(), decision.otherwise)
            )
        question = policy.generated_question(interview, decision, written)
        return await self._changed(interview, lambda current: current.asking(question))

    async def _changed(self, interview: Interview, step: policy.Step) -> Interview:
        return await self.interviews.change(
            interview.interview_id, lambda current: step(current) if current.step_due else current
        )

    def _taken(self, interview: Interview, decision: policy.Ask | policy.Finish) -> Interview:
        if isinstance(decision, policy.Ask):
            return interview.asking(decision.question)
        return interview.finished(self.clock.now())

    async def _written(self, interview: Interview, wanted: policy.Generate, until: float) -> FollowUp | None:
        seconds = until - self.clock.monotonic()
        try:
            written = await self.judge.follow_up(follow_up_task(interview, wanted), timeout_seconds=seconds)
        except NoFollowUp as error:
            log.info("follow-up skipped", interview_id=interview.interview_id, why=str(error))
            return None
        if interview.knows(written.text):
            log.warning("follow-up skipped", interview_id=interview.interview_id, why="it was asked before")
            return None
        return written
