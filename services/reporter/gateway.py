"""The way to Kafka as the publisher sees it, and what stands there when no Kafka is configured."""

from dataclasses import dataclass
from typing import Protocol

from services.reporter.delivery import Link, Sent
from services.reporter.record import Record


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of a record that was sent. Partition and offset when ACKED, a detail otherwise."""

    sent: Sent
    partition: int = 0
    offset: int = 0
    detail: str = ""


class Gateway(Protocol):
    """Takes records to Kafka, or says why not."""

    @property
    def link(self) -> Link:
        """Whether a report may be sent now."""

    @property
    def why(self) -> str:
        """Why reports are filed, for a person; empty while they are sent."""

    async def known(self) -> None:
        """Returns when `link` is not UNKNOWN any more."""

    async def send(self, record: Record, *, alone: bool) -> Sending:
        """Sends a record, with nothing else in flight if `alone`; returns when its fate is known."""


class FilesOnly:
    """No Kafka is configured: the file is the delivery."""

    link = Link.NONE
    why = "no Kafka is configured: the file is the delivery"

    async def known(self) -> None:
        return

    async def send(self, record: Record, *, alone: bool) -> Sending:  # noqa: ARG002 - the port's arguments
        return Sending(Sent.FAILED, detail=self.why)
