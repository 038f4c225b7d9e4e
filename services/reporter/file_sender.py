"""Takes one waiting file to Kafka and clears it away when its record is elsewhere, never before."""

from services.common import logs
from services.reporter.backlog import Waiting
from services.reporter.delivery import FileStep, Sent, next_file_step
from services.reporter.disk import Disk
from services.reporter.gateway import Sending
from services.reporter.kafka_gateway import KafkaGateway
from services.reporter.keys import Keys
from services.reporter.metrics import REPORTS
from services.reporter.names import shown
from services.reporter.receipts import Outcome, Receipt, Receipts
from services.reporter.record import DamagedRecord, Record

log = logs.get_logger()


class FileSender:
    """For the process that holds the directory's lock."""

    def __init__(self, topic: str, gateway: KafkaGateway, disk: Disk, keys: Keys, receipts: Receipts) -> None:
        self._topic = topic
        self._gateway = gateway
        self._disk = disk
        self._keys = keys
        self._receipts = receipts
        self._sent: set[Waiting] = set()  # on the topic, but their files would not go
        self._unreadable: set[Waiting] = set()  # told once

    async def deliver(self, waiting: Waiting, *, probe: bool) -> Sent:
        """How it went; NOT_YET if the file was not sent: gone, damaged, or behind an earlier revision."""
        if waiting in self._sent:
            await self._remove(waiting)
            return Sent.NOT_YET
        record = await self._read(waiting)
        if record is None:
            return Sent.NOT_YET
        async with self._keys.of(record.interview_id):
            if await self._disk.run(self._disk.backlog.comes_later, record):
                return Sent.NOT_YET
            return await self._send(waiting, record, probe=probe)

    async def _read(self, waiting: Waiting) -> Record | None:
        try:
            return await self._disk.run(self._disk.backlog.read, waiting.name)
        except DamagedRecord as damaged:
            await self._set_aside(waiting, str(damaged))
        except FileNotFoundError:
            pass  # it left since the directory was listed
        except OSError as error:
            if waiting not in self._unreadable:
                log.warning("a waiting file cannot be read", file=shown(waiting.name), why=error.strerror)
            self._unreadable.add(waiting)
        return None

    async def _send(self, waiting: Waiting, record: Record, *, probe: bool) -> Sent:
        alone = False
        while True:
            sending = await self._gateway.send_file(record, alone=alone, probe=probe)
            match next_file_step(sending.sent):
                case FileStep.SEND_ALONE:
                    alone = True
                case FileStep.KEEP:
                    return sending.sent
                case FileStep.REMOVE:
                    await self._delivered(waiting, record, sending)
                    return sending.sent
                case FileStep.SET_ASIDE:
                    await self._rejected(waiting, record, sending)
                    return sending.sent

    async def _delivered(self, waiting: Waiting, record: Record, sending: Sending) -> None:
        receipt = Receipt(record.report_id, Outcome.DELIVERED, self._topic, sending.partition, sending.offset)
        self._receipts.keep_of_file(record, receipt)
        REPORTS["redelivered"].inc()
        log.info(
            "report redelivered",
            report_id=record.report_id,
            topic=self._topic,
            partition=sending.partition,
            offset=sending.offset,
            file=shown(waiting.name),
        )
        await self._remove(waiting)

    async def _rejected(self, waiting: Waiting, record: Record, sending: Sending) -> None:
        file_name = await self._set_aside(waiting, sending.detail)
        if file_name:
            receipt = Receipt(record.report_id, Outcome.REJECTED, file_name=file_name, detail=sending.detail)
            self._receipts.keep_of_file(record, receipt)

    async def _set_aside(self, waiting: Waiting, why: str) -> str:
        """The file's new name; empty if it had to stay, to be tried again at the next pass."""
        try:
            file_name = await self._disk.run(self._disk.backlog.set_aside, waiting.name)
        except OSError as error:
            log.error("a file cannot be set aside", file=shown(waiting.name), why=error.strerror)
            return ""
        REPORTS["rejected"].inc()
        log.error("report rejected", file=shown(file_name), why=why)
        return file_name

    async def _remove(self, waiting: Waiting) -> None:
        try:
            await self._disk.run(self._disk.backlog.remove, waiting.name)
        except FileNotFoundError:
            log.info("a delivered file is gone already", file=shown(waiting.name))
        except OSError as error:
            self._sent.add(waiting)
            log.error("a delivered file cannot be removed", file=shown(waiting.name), why=error.strerror)
            return
        self._sent.discard(waiting)
