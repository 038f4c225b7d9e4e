"""Whether Kafka takes records. Opens when a send fails; closes on an acked probe and on nothing else."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from services.common import logs
from services.reporter.delivery import Link
from services.reporter.metrics import KAFKA_CIRCUIT_OPEN

log = logs.get_logger()


class Admission(Enum):
    """Whether a record may be sent."""

    NORMAL = auto()
    PROBE = auto()  # to find out whether Kafka takes records again
    REFUSED = auto()


class Circuit:
    """UNKNOWN until the first look at the topic, then CLOSED or OPEN. While open, one probe at a time."""

    def __init__(self, on_open: Callable[[], None]) -> None:
        """`on_open` is called whenever it opens."""
        self._on_open = on_open
        self._link = Link.UNKNOWN
        self._why = "the topic has not been looked at yet"
        self._probe_is_offered = False
        self._probes = 0
        self._stopped = False
        self._is_known, self._is_open, self._is_closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @property
    def link(self) -> Link:
        """What a live report should reckon with: while it is open, the first one may be the probe."""
        return Link.CLOSED if self._probe_is_offered else self._link

    @property
    def is_closed(self) -> bool:
        """Whether records are acked."""
        return self._link is Link.CLOSED

    @property
    def is_probing(self) -> bool:
        """Whether a probe is on its way."""
        return self._probes > 0

    @property
    def why(self) -> str:
        """Why it is not closed; empty if it is."""
        return self._why

    async def known(self) -> None:
        """Returns when the first look has ended."""
        await self._is_known.wait()

    async def opened(self) -> None:
        """Returns when it is open."""
        await self._is_open.wait()

    async def closed(self) -> None:
        """Returns when it is closed."""
        await self._is_closed.wait()

    def admit(self) -> Admission:
        """Whether a live report may be sent. Whoever is admitted tells the outcome."""
        if self.is_closed:
            return Admission.NORMAL
        return self.start_probe() if self._probe_is_offered else Admission.REFUSED

    def start_probe(self) -> Admission:
        """Admits a probe."""
        self._probe_is_offered = False
        self._probes += 1
        return Admission.PROBE

    def offer_probe(self) -> None:
        """The next live report may be the probe."""
        self._probe_is_offered = not (self.is_closed or self.is_probing or self._stopped)

    def withdraw_probe(self) -> None:
        """No live report may be the probe."""
        self._probe_is_offered = False

    def acked(self, admission: Admission) -> None:
        """The record was acked."""
        if self._ended(admission):
            self.close()

    def refused(self, admission: Admission) -> None:
        """The record was refused by its own fault, or was not sent: that says nothing about Kafka."""
        if self._ended(admission):
            self.offer_probe()

    def failed(self, admission: Admission, why: str) -> None:
        """The record was not acked by the cluster's or the operator's fault."""
        self._ended(admission)
        self.open(why)

    def close(self) -> None:
        """Reports are sent from now on."""
        if self._stopped:
            return
        if not self.is_closed:
            log.info("Kafka takes reports", was=self._why)
        self._become(Link.CLOSED, "")
        self._is_open.clear()
        self._is_closed.set()

    def open(self, why: str) -> None:
        """Reports are filed from now on."""
        if self._link is not Link.OPEN and not self._stopped:
            log.warning("Kafka is away: reports are filed", why=why)
        self._become(Link.OPEN, why if self._stopped else f"Kafka is away: {why}")
        self._is_closed.clear()
        self._is_open.set()
        self._on_open()

    def stop(self) -> None:
        """Opens for good: the process ends."""
        self._stopped = True
        self.open("the reporter is stopping")

    def _become(self, link: Link, why: str) -> None:
        self._link = link
        self._why = why
        self._probe_is_offered = False
        self._is_known.set()
        KAFKA_CIRCUIT_OPEN.set(link is Link.OPEN)

    def _ended(self, admission: Admission) -> bool:
        if admission is Admission.PROBE:
            self._probes -= 1
        return admission is Admission.PROBE
