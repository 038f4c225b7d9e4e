"""Sends to one topic, whatever becomes of a single producer."""

import asyncio
from typing import Any

from confluent_kafka import KafkaException

from services.common import logs
from services.reporter.kafka.admin import look_at
from services.reporter.kafka.line import Fate, Line
from services.reporter.kafka.trouble import text_of
from services.reporter.record import Record
from services.reporter.topic import Topic

Config = dict[str, Any]

_REPLACE_SECONDS = 1.0

log = logs.get_logger()


class KafkaRefusesSettings(ValueError):
    """librdkafka does not take a setting. The message names it as librdkafka does."""


class KafkaSink:
    """Sends to one topic. Made and used on one event loop; a producer that dies is replaced."""

    def __init__(self, topic: Topic, producer: Config, connection: Config) -> None:
        """Raises KafkaRefusesSettings."""
        self._topic = topic
        self._producer_config = producer
        self._connection = connection
        self._differences: list[str] = []
        self._closed = False
        self._burials: set[asyncio.Task[None]] = set()
        try:
            self._line = Line(producer, self._bury)
        except (KafkaException, ValueError) as error:
            raise KafkaRefusesSettings(text_of(error)) from error

    async def look(self) -> None:
        """Makes sure that the topic is there; says how it differs from what it should be. Raises SinkDown."""
        differences = await asyncio.to_thread(look_at, self._topic, self._connection)
        if differences != self._differences:
            log.warning("topic is not as it should be", topic=self._topic.name, differences=differences)
        self._differences = differences
        if self._line.distrusts:  # librdkafka reads certificates once: what was mended since is news to it
            self._renew()

    async def send(self, record: Record) -> Fate:
        """Sends a record; returns when its delivery report is there."""
        return await self._line.send(self._topic.name, record)

    async def close(self) -> None:
        """Gives up what is unsent, so that every `send` returns, and ends the producer."""
        self._closed = True
        await self._line.end()
        await asyncio.gather(*self._burials)

    def _bury(self, dead: "Line", error: BaseException) -> None:
        log.error("the producer died; another takes its place soon", why=text_of(error))
        self._end(dead)
        self._replace_soon()

    def _renew(self) -> None:
        distrustful = self._line
        self._replace()
        if self._line is not distrustful:
            self._end(distrustful)

    def _end(self, line: "Line") -> None:
        burial = asyncio.create_task(line.end())
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)

    def _replace_soon(self) -> None:
        # Not at once: what killed one may kill the next. Until then sends fail, and reports are filed.
        asyncio.get_running_loop().call_later(_REPLACE_SECONDS, self._replace)

    def _replace(self) -> None:
        if self._closed:
            return
        try:
            self._line = Line(self._producer_config, self._bury)
        except (KafkaException, OSError, RuntimeError) as error:  # no memory, threads or handles for one
            log.error("there is no producer", why=text_of(error))
            self._replace_soon()
