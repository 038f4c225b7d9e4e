"""The rule: what to do next with a report, given what is known about it. Pure.

OK to the caller names a durable fact: Kafka has the record, or a file has it, or it stands aside because
Kafka refuses this very record. Everything else is an error, and the caller still owns the report.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Link(Enum):
    """Whether a report may be sent to Kafka now."""

    NONE = auto()  # no Kafka is configured: the file is the delivery
    UNKNOWN = auto()  # the first look at the topic has not ended
    CLOSED = auto()  # Kafka takes records, or this report is to find out
    OPEN = auto()  # Kafka is away


class Look(Enum):
    """What stands in the fallback directory for this report."""

    NOT_YET = auto()
    NOTHING = auto()
    WAITS = auto()  # this very report, made durable again
    EARLIER_WAITS = auto()  # an earlier revision of its interview
    UNREADABLE = auto()


class Sent(Enum):
    """How sending went."""

    NOT_YET = auto()
    ACKED = auto()
    REFUSED = auto()  # refused by the record's own fault, in company: a neighbour's may have spread
    REFUSED_ALONE = auto()  # refused by the record's own fault
    FAILED = auto()  # the cluster's or the operator's fault


class Stored(Enum):
    """How writing a file went."""

    NOT_YET = auto()
    DONE = auto()
    FAILED = auto()


class Step(Enum):
    """What comes next. The last four end it."""

    LOOK = auto()
    LOOK_AND_FILE = auto()  # both at once, where nothing else can come of looking
    WAIT = auto()
    SEND = auto()
    SEND_ALONE = auto()
    FILE = auto()
    SET_ASIDE = auto()
    DELIVERED = auto()
    FILED = auto()
    REJECTED = auto()
    NOT_SAFE = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a report so far."""

    link: Link
    look: Look = Look.NOT_YET
    sent: Sent = Sent.NOT_YET
    stored: Stored = Stored.NOT_YET


def next_step(known: Known) -> Step:
    """What to do with a report that a caller waits for."""
    if known.sent is Sent.ACKED:
        return Step.DELIVERED
    if known.look is Look.NOT_YET:
        return Step.LOOK_AND_FILE if _can_only_be_filed(known) else Step.LOOK
    if known.look is Look.WAITS:
        return Step.FILED
    if known.stored is not Stored.NOT_YET:
        return _after_storing(known)
    return _before_storing(known)


def _can_only_be_filed(known: Known) -> bool:
    nothing_done = known.sent is Sent.NOT_YET and known.stored is Stored.NOT_YET
    return nothing_done and known.link in (Link.NONE, Link.OPEN)


def _after_storing(known: Known) -> Step:
    if known.stored is Stored.FAILED:
        return Step.NOT_SAFE
    return Step.REJECTED if known.sent is Sent.REFUSED_ALONE else Step.FILED


def _before_storing(known: Known) -> Step:
    if known.sent is Sent.REFUSED_ALONE:
        return Step.SET_ASIDE
    if known.sent is Sent.FAILED or known.look is Look.EARLIER_WAITS:
        return Step.FILE
    match known.link:
        case Link.UNKNOWN:
            return Step.WAIT
        case Link.CLOSED:
            return Step.SEND_ALONE if known.sent is Sent.REFUSED else Step.SEND
        case Link.NONE | Link.OPEN:
            return Step.FILE


class FileStep(Enum):
    """What to do with a waiting file."""

    SEND_ALONE = auto()
    REMOVE = auto()
    SET_ASIDE = auto()
    KEEP = auto()


def next_file_step(sent: Sent) -> FileStep:
    """What to do with a waiting file after it was sent. It leaves only when its record is elsewhere."""
    match sent:
        case Sent.ACKED:
            return FileStep.REMOVE
        case Sent.REFUSED:
            return FileStep.SEND_ALONE
        case Sent.REFUSED_ALONE:
            return FileStep.SET_ASIDE
        case Sent.FAILED | Sent.NOT_YET:
            return FileStep.KEEP
