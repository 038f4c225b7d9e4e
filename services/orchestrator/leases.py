"""Leases: of several replicas one judges an answer; when it dies, another one takes over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.common import logs
from services.common.clock import Clock
from services.orchestrator.interview import Interview
from services.orchestrator.store import LEASE_SECONDS, Store, Stored, StoreUnavailable

RENEW_SECONDS = LEASE_SECONDS / 3

log = logs.get_logger()


@dataclass
class Leases:
    """Takes, waits for and renews leases of interviews."""

    store: Store
    clock: Clock
    renew_seconds: float = RENEW_SECONDS

    async def taken(
        self, interview_id: str, done: Callable[[Interview], bool], read: Stored | None = None
    ) -> Interview:
        """The interview once its lease is ours, or once nothing is left to do: whoever had it has done it.

        `read`: as it was stored a moment ago. Raises InterviewNotFound, StoreUnavailable.
        """
        read = read or await self.store.get(interview_id)
        while not (read.leased or done(read.interview)):
            if not await self.store.take_lease(interview_id):
                await self.clock.sleep(self.renew_seconds / 10)
            read = await self.store.get(interview_id)
        return read.interview

    @asynccontextmanager
    async def held(self, interview_id: str) -> AsyncIterator[None]:
        """Renews our lease meanwhile, and gives it up if the work fails. Work that is done ends it itself."""
        if not self.store.is_shared:
            yield
            return
        renewing = asyncio.create_task(self._renew(interview_id))
        failed = True
        try:
            yield
            failed = False
        finally:
            renewing.cancel()
            if failed:
                await asyncio.wait({renewing})  # or it might take what is dropped
                await self._drop(interview_id)

    async def _renew(self, interview_id: str) -> None:
        while True:
            await self.clock.sleep(self.renew_seconds)
            try:
                if not await self.store.take_lease(interview_id):
                    log.warning("lease lost", interview_id=interview_id)
                    return  # the result, if there is one, comes late and is dropped
            except StoreUnavailable as error:
                log.warning("lease not renewed", interview_id=interview_id, error=str(error))

    async def _drop(self, interview_id: str) -> None:
        try:
            await self.store.drop_lease(interview_id)
        except StoreUnavailable as error:  # then it runs out
            log.warning("lease not dropped", interview_id=interview_id, error=str(error))
