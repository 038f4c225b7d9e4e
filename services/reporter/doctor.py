"""Looks at everything the reporter needs, and says what to do about what is not so. Changes nothing."""

import shutil
from collections.abc import Callable, Iterator

from services.common.doctor import Finding, reach
from services.reporter.backlog import Backlog
from services.reporter.fallback import Fallback
from services.reporter.names import REJECTED
from services.reporter.record import LARGEST_BYTES
from services.reporter.settings import ReporterSettings
from services.reporter.sink import SinkDown

LookAtTopic = Callable[[], list[str]]

# Room for this many of the largest reports is little.
_ROOM_FOR_REPORTS = 100


def findings(settings: ReporterSettings, look_at_topic: LookAtTopic) -> Iterator[Finding]:
    """One finding after the other. `look_at_topic` tells how the topic is less than it should be."""
    if settings.kafka_bootstrap_servers:
        for address in settings.kafka_bootstrap_servers.split(","):
            yield _broker(address.strip())
        yield _topic(settings.kafka_topic, look_at_topic)
    else:
        yield Finding("kafka", ok=True, told="none is configured: the file is the delivery")
    if not settings.report_fallback_dir.is_dir():  # looking further would make it
        told = f"{settings.report_fallback_dir} is not there"
        yield Finding("fallback directory", ok=False, told=told, do="start the reporter: it makes it")
        return
    yield _directory(settings)
    yield _room(settings)
    yield _waiting(settings)
    yield _rejected(settings)


def _broker(address: str) -> Finding:
    do = "see that it runs, its name resolves here, and the port is right"
    return reach(f"broker {address}", address, do=do)


def _topic(name: str, look_at_topic: LookAtTopic) -> Finding:
    check = f"topic {name}"
    try:
        differences = look_at_topic()
    except SinkDown as error:
        do = "see the brokers above, credentials and ACLs; a missing topic is made by the reporter if it may"
        return Finding(check, ok=False, told=str(error), do=do)
    if differences:
        do = "alter it with Kafka's own tools; the reporter never does"
        return Finding(check, ok=False, told="; ".join(differences), do=do)
    return Finding(check, ok=True, told="partitions, replication, min ISR and record size are right")


def _directory(settings: ReporterSettings) -> Finding:
    check, path = "fallback directory", settings.report_fallback_dir
    try:
        Fallback(path).check()
    except OSError as error:
        told = f"{path}: {error.strerror or type(error).__name__}"
        return Finding(check, ok=False, told=told, do="see its disk, its owner and its permissions")
    return Finding(check, ok=True, told=f"{path} takes files")


def _room(settings: ReporterSettings) -> Finding:
    check, path = "disk", settings.report_fallback_dir
    try:
        free = shutil.disk_usage(path).free
    except OSError as error:
        do = "see the fallback directory above"
        return Finding(check, ok=False, told=f"{path}: {error.strerror}", do=do)
    told = f"{free / 2**20:,.0f} MiB free"
    if free < _ROOM_FOR_REPORTS * LARGEST_BYTES:
        return Finding(check, ok=False, told=told, do="make room: without it nothing can be filed")
    return Finding(check, ok=True, told=told)


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
