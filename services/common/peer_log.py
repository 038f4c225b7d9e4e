"""What is logged of a peer that fails: a line when it begins, and one when it is over."""

from services.common import logs
from services.common.clock import Clock

# A replica that fails beside others that work begins and ends with every other call: not told more often.
AGAIN_SECONDS = 60.0

log = logs.get_logger()


class PeerLog:
    """Told of every call and every look; says what is new."""

    def __init__(self, peer: str, clock: Clock) -> None:
        """`peer` names it as people do, such as evaluator."""
        self._peer = peer
        self._clock = clock
        self._failures = 0
        self._why = ""
        self._quiet_until = float("-inf")
        self._said = False

    def failed(self, why: str) -> None:
        """It is away, or cannot do what it is there for."""
        self._failures += 1
        if self._said and why == self._why:
            return
        if self._clock.monotonic() < self._quiet_until:
            return
        self._quiet_until = self._clock.monotonic() + AGAIN_SECONDS
        self._said, self._why = True, why
        log.warning("peer is away", peer=self._peer, why=why)

    def answered(self) -> None:
        """It does what it is there for."""
        if self._said:
            log.info("peer is back", peer=self._peer, failures=self._failures)
        self._failures, self._said = 0, False
