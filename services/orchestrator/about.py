"""What is at work in this deployment."""

from dataclasses import dataclass

from services.common import logs
from services.orchestrator.judges import Judge, JudgeInfo, JudgeUnavailable

LONGEST_WAIT_SECONDS = 2.0

log = logs.get_logger()


@dataclass(frozen=True)
class About:
    """Version and policy of this process, and the judge that it asks."""

    judge: Judge
    reads_emotions: bool
    version: str

    async def judge_info(self, *, within_seconds: float) -> JudgeInfo | None:
        """Who judges; None when the evaluator does not say in half the time that is left."""
        try:
            return await self.judge.info(timeout_seconds=min(within_seconds / 2, LONGEST_WAIT_SECONDS))
        except JudgeUnavailable as error:
            log.warning("nobody says who judges", why=str(error))
            return None
