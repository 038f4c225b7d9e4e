"""One producer and those who wait for its delivery reports."""

import asyncio
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from services.common import logs
from services.reporter.kafka.poll_thread import PollThread
from services.reporter.kafka.trouble import Trouble, library_log, text_of
from services.reporter.record import Record
from services.reporter.sink import Acked, Failed, Fault, fault_of

Fate = Acked | Failed

_BURY_SECONDS = 2.0

log = logs.get_logger()


class Line:
    """One producer, its poll thread, and those who wait for its delivery reports.

    `distrusts`: it has met a broker whose certificate it does not accept.
    """

    def __init__(self, config: dict[str, Any], died: Callable[["Line", BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[Fate]] = set()
        self._trouble = Trouble()
        self.distrusts = False
        self._ended = False
        self._producer = Producer({**config, "error_cb": self._hear}, logger=library_log)
        self._died = died
        self._thread = PollThread(self._producer.poll, self._poll_ended, self._loop)

    async def send(self, topic: str, record: Record) -> Fate:
        if self._ended:
            return Failed(Fault.CLUSTER, "the producer has ended")
        fate: asyncio.Future[Fate] = self._loop.create_future()
        self._waiting.add(fate)
        fate.add_done_callback(self._waiting.discard)
        try:
            self._producer.produce(
                topic,
                record.value,
                record.key,
                headers=[*record.headers],
                on_delivery=lambda error, message: self._tell(fate, error, message),
            )
        except KafkaException as error:
            _settle(fate, self._failed(error.args[0]))
        except BufferError:
            _settle(fate, Failed(Fault.CLUSTER, "the producer's queue is full"))
        return await fate

    def _poll_ended(self, error: BaseException) -> None:
        if not self._ended:
            self._ended = True
            self._died(self, error)

    async def end(self) -> None:
        """Gives up what is unsent, so that every `send` returns, and ends the producer."""
        self._ended = True
        await asyncio.to_thread(self._purge)
        for fate in list(self._waiting):
            _settle(fate, Failed(Fault.CLUSTER, "the producer ended without a delivery report"))

    def _purge(self) -> None:
        self._thread.stop()
        self._producer.purge()
        try:
            self._producer.flush(_BURY_SECONDS)
        except (
            KafkaException
        ) as error:  # of a dead one: its delivery reports came all the same, or never will
            log.info("a dead producer was buried", why=text_of(error))

    def _tell(self, fate: asyncio.Future[Fate], error: KafkaError | None, message: Message) -> None:
        # On the poll thread, inside the library: enqueue and nothing else.
        outcome = self._failed(error) if error else Acked(message.partition() or 0, message.offset() or 0)
        self._loop.call_soon_threadsafe(_settle, fate, outcome)

    def _failed(self, error: KafkaError) -> Failed:
        # Trouble of the network, TLS and login reaches a delivery report as a time-out only.
        told = f"{error.name()}: {error.str()}"
        timed_out = error.code() == KafkaError._MSG_TIMED_OUT
        return Failed(fault_of(error.name()), self._trouble.beside(told) if timed_out else told)

    def _hear(self, error: KafkaError) -> None:
        self.distrusts |= error.code() == KafkaError._SSL
        self._trouble.hear(error)


def _settle(fate: "asyncio.Future[Fate]", outcome: Fate) -> None:
    if not fate.done():
        fate.set_result(outcome)
