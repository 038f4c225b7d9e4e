"""The rule, as a table and over everything that can be known."""

import itertools

import pytest

from services.reporter.delivery import (
    FileStep,
    Known,
    Link,
    Look,
    Sent,
    Step,
    Stored,
    next_file_step,
    next_step,
)

EVERYTHING = [Known(*known) for known in itertools.product(Link, Look, Sent, Stored)]
ENDS = {Step.DELIVERED, Step.FILED, Step.REJECTED, Step.NOT_SAFE}


@pytest.mark.parametrize(
    ("known", "step"),
    [
        (Known(Link.UNKNOWN), Step.LOOK),
        (Known(Link.CLOSED), Step.LOOK),
        (Known(Link.OPEN), Step.LOOK_AND_FILE),
        (Known(Link.NONE), Step.LOOK_AND_FILE),
        (Known(Link.OPEN, Look.WAITS), Step.FILED),
        (Known(Link.CLOSED, Look.WAITS), Step.FILED),
        (Known(Link.NONE, Look.NOTHING), Step.FILE),
        (Known(Link.UNKNOWN, Look.NOTHING), Step.WAIT),
        (Known(Link.CLOSED, Look.NOTHING), Step.SEND),
        (Known(Link.OPEN, Look.NOTHING), Step.FILE),
        (Known(Link.CLOSED, Look.EARLIER_WAITS), Step.FILE),
        (Known(Link.UNKNOWN, Look.EARLIER_WAITS), Step.FILE),
        (Known(Link.CLOSED, Look.UNREADABLE), Step.SEND),
        (Known(Link.OPEN, Look.UNREADABLE), Step.FILE),
        (Known(Link.CLOSED, Look.NOTHING, Sent.ACKED), Step.DELIVERED),
        (Known(Link.OPEN, Look.NOTHING, Sent.ACKED), Step.DELIVERED),
        (Known(Link.CLOSED, Look.NOTHING, Sent.FAILED), Step.FILE),
        (Known(Link.OPEN, Look.NOTHING, Sent.FAILED), Step.FILE),
        (Known(Link.CLOSED, Look.NOTHING, Sent.REFUSED), Step.SEND_ALONE),
        (Known(Link.OPEN, Look.NOTHING, Sent.REFUSED), Step.FILE),
        (Known(Link.CLOSED, Look.NOTHING, Sent.REFUSED_ALONE), Step.SET_ASIDE),
        (Known(Link.OPEN, Look.NOTHING, Sent.REFUSED_ALONE), Step.SET_ASIDE),
        (Known(Link.CLOSED, Look.NOTHING, Sent.REFUSED_ALONE, Stored.DONE), Step.REJECTED),
        (Known(Link.CLOSED, Look.NOTHING, Sent.REFUSED_ALONE, Stored.FAILED), Step.NOT_SAFE),
        (Known(Link.OPEN, Look.NOTHING, Sent.FAILED, Stored.DONE), Step.FILED),
        (Known(Link.OPEN, Look.NOTHING, Sent.FAILED, Stored.FAILED), Step.NOT_SAFE),
        (Known(Link.NONE, Look.NOTHING, Sent.NOT_YET, Stored.FAILED), Step.NOT_SAFE),
    ],
)
def test_table(known: Known, step: Step) -> None:
    """What comes next, line by line."""
    assert next_step(known) is step


@pytest.mark.parametrize("known", EVERYTHING, ids=str)
def test_ok_names_a_fact(known: Known) -> None:
    """DELIVERED only after an ack; FILED only with a durable file; REJECTED only refused alone and aside."""
    step = next_step(known)
    facts = {
        Step.DELIVERED: known.sent is Sent.ACKED,
        Step.FILED: known.look is Look.WAITS or known.stored is Stored.DONE,
        Step.REJECTED: known.sent is Sent.REFUSED_ALONE and known.stored is Stored.DONE,
        Step.NOT_SAFE: known.stored is Stored.FAILED,
    }
    assert facts.get(step, True)


@pytest.mark.parametrize("known", EVERYTHING, ids=str)
def test_nothing_is_done_twice(known: Known) -> None:
    """A report is looked for once, sent once (and once alone), stored once: every way ends."""
    step = next_step(known)
    done = {
        Step.LOOK: known.look is not Look.NOT_YET,
        Step.LOOK_AND_FILE: (known.look, known.sent, known.stored)
        != (Look.NOT_YET, Sent.NOT_YET, Stored.NOT_YET),
        Step.SEND: known.sent is not Sent.NOT_YET,
        Step.SEND_ALONE: known.sent is not Sent.REFUSED,
        Step.FILE: known.stored is not Stored.NOT_YET,
        Step.SET_ASIDE: known.stored is not Stored.NOT_YET,
        Step.WAIT: known.link is not Link.UNKNOWN,
    }
    assert not done.get(step, False)


@pytest.mark.parametrize("known", EVERYTHING, ids=str)
def test_nothing_is_sent_past_a_file(known: Known) -> None:
    """While this report or an earlier revision waits in a file, nothing is sent."""
    if known.look in (Look.WAITS, Look.EARLIER_WAITS, Look.NOT_YET):
        assert next_step(known) not in (Step.SEND, Step.SEND_ALONE)


def test_file_leaves_only_when_its_record_is_elsewhere() -> None:
    """A waiting file goes after its ack, aside when refused alone, and stays otherwise."""
    assert {sent: next_file_step(sent) for sent in Sent} == {
        Sent.NOT_YET: FileStep.KEEP,
        Sent.ACKED: FileStep.REMOVE,
        Sent.REFUSED: FileStep.SEND_ALONE,
        Sent.REFUSED_ALONE: FileStep.SET_ASIDE,
        Sent.FAILED: FileStep.KEEP,
    }
