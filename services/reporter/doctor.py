"""Looks at everything the reporter needs, and says what to do about what is not so. Changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from services.common.checks import clock, network, reach, room
from services.common.doctor import Finding
from services.reporter.backlog import Backlog
from services.reporter.fallback import Fallback
from services.reporter.names import REJECTED
from services.reporter.record import LARGEST_BYTES
from services.reporter.settings import ReporterSettings
from services.reporter.sink import SinkDown


@dataclass(frozen=True, slots=True)
class KafkaLooks:
    """What Kafka says. Each raises SinkDown."""

    brokers: Callable[[], list[str]]
    """Where the brokers that live tell clients to go, host:port."""
    topic: Callable[[], list[str]]
    """How the topic is less than it should be."""


# Room for this many of the largest reports is little.
_ROOM_FOR_REPORTS = 100
_MAKE_ROOM = "make room: without it nothing can be filed"
_NETWORK = (
    "join the network in which the brokers are known (in Docker: kafka-secure_default, see "
    "docs/operations.md), or set KAFKA_BOOTSTRAP_SERVERS to names that are known here"
)


def findings(settings: ReporterSettings, kafka: KafkaLooks, now: datetime | None = None) -> Iterator[Finding]:
    """One finding after the other."""
    if settings.kafka_bootstrap_servers:
        yield from _kafka(settings, kafka)
    else:
        yield Finding("kafka", ok=True, told="none is configured: the file is the delivery")
    yield from _files(settings)
    yield clock(now or datetime.now(UTC), past=_written(settings))


def _kafka(settings: ReporterSettings, kafka: KafkaLooks) -> Iterator[Finding]:
    addresses = [address.strip() for address in settings.kafka_bootstrap_servers.split(",")]
    yield network(addresses, do=_NETWORK)
    for address in addresses:
        yield _broker(address)
    yield _advertised(kafka)
    yield _topic(settings.kafka_topic, kafka)


def _files(settings: ReporterSettings) -> Iterator[Finding]:
    if not settings.report_fallback_dir.is_dir():  # looking further would make it
        told = f"{settings.report_fallback_dir} is not there"
        yield Finding("fallback directory", ok=False, told=told, do="start the reporter: it makes it")
        return
    yield _directory(settings)
    least = _ROOM_FOR_REPORTS * LARGEST_BYTES
    yield room("disk", settings.report_fallback_dir, least_bytes=least, do=_MAKE_ROOM)
    yield _waiting(settings)
    yield _rejected(settings)


def _broker(address: str) -> Finding:
    do = "see that it runs, its name resolves here, and the port is right"
    return reach(f"broker {address}", address, do=do)


def _advertised(kafka: KafkaLooks) -> Finding:
    """A client goes where the brokers tell it to: that this is known here too is forgotten easily."""
    check = "cluster"
    try:
        addresses = kafka.brokers()
    except SinkDown as error:
        return Finding(check, ok=False, told=str(error), do="see the brokers above, TLS and credentials")
    told = f"{len(addresses)} brokers: {', '.join(addresses)}"
    unknown = [
        address
        for address in addresses
        if not network([address], do="").ok or not reach("", address, do="").ok
    ]
    if unknown:
        do = "come by the listener that advertises addresses for this network (advertised.listeners)"
        return Finding(check, ok=False, told=f"{told}; cannot be reached here: {', '.join(unknown)}", do=do)
    return Finding(check, ok=True, told=told)


def _topic(name: str, kafka: KafkaLooks) -> Finding:
    check = f"topic {name}"
    try:
        differences = kafka.topic()
    except SinkDown as error:
        do = "see the brokers above, credentials and ACLs; a missing topic is made by the reporter if it may"
        return Finding(check, ok=False, told=str(error), do=do)
    if differences:
        do = "alter it with Kafka's own tools; the reporter never does"
        return Finding(check, ok=False, told="; ".join(differences), do=do)
    told = (
        "partitions and replication are right, and so are min ISR and record size if this login may read them"
    )
    return Finding(check, ok=True, told=told)


def _directory(settings: ReporterSettings) -> Finding:
    check, path = "fallback directory", settings.report_fallback_dir
    try:
        Fallback(path).check()
    except OSError as error:
        told = f"{path}: {error.strerror or type(error).__name__}"
        return Finding(check, ok=False, told=told, do="see its disk, its owner and its permissions")
    return Finding(check, ok=True, told=f"{path} takes files")


def _waiting(settings: ReporterSettings) -> Finding:
    check = "waiting reports"
    try:
        count = len(Backlog(settings.report_fallback_dir).waiting())
    except OSError as error:
        return Finding(check, ok=False, told=f"{error.strerror}", do="see the fallback directory above")
    if count and settings.kafka_bootstrap_servers:
        return Finding(check, ok=True, told=f"{count}; they are sent once Kafka takes them")
    return Finding(check, ok=True, told=str(count))


def _rejected(settings: ReporterSettings) -> Finding:
    check, folder = "rejected reports", settings.report_fallback_dir / REJECTED
    count = sum(1 for _ in folder.glob("*")) if folder.is_dir() else 0
    if count:
        do = "look at each, repair what Kafka refused, then `python -m services.reporter resend FILE`"
        return Finding(check, ok=False, told=f"{count} in {folder}", do=do)
    return Finding(check, ok=True, told="none")


def _written(settings: ReporterSettings) -> dict[str, datetime]:
    if not settings.report_fallback_dir.is_dir():
        return {}
    try:
        waiting = Backlog(settings.report_fallback_dir).waiting()
    except OSError:  # told above
        return {}
    newest = max((one.since_ns for one in waiting), default=0)
    return {"the newest waiting report": datetime.fromtimestamp(newest / 1e9, UTC)}
