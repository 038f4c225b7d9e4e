"""Every line of docs/what-happens-to-a-report.md is held by a test, and names what is there to look with."""

import re
from pathlib import Path

import pytest

from services.reporter import commands, metrics

TESTS = Path(__file__).parents[2]
PAGE = (TESTS.parent / "docs" / "what-happens-to-a-report.md").read_text()

# What happens when ..., and the test of that.
HELD_BY = {
    "Kafka takes reports": "kafka/test_reporter_delivery.py::test_report_is_delivered",
    "the reporter has just started": "unit/reporter/test_publisher.py::test_waits_for_the_first_look",
    "all brokers are away": "faults/kafka/test_outage.py::test_outage",
    "they come back": "unit/reporter/test_redelivery.py::test_closes_only_on_an_acked_file",
    "the leader of a partition dies": "kafka/test_reporter_delivery.py::test_leader_killed",
    "a leader freezes": "faults/kafka/test_broken_brokers.py::test_frozen_leader",
    "brokers are restarted one by one": "faults/kafka/test_broken_brokers.py::test_rolling_restart",
    "fewer than two replicas are in sync": "faults/kafka/test_broken_brokers.py::test_too_few_in_sync",
    "the topic is deleted": "faults/kafka/test_end_and_topic.py::test_topic_deleted",
    "the topic is missing and cannot be made": (
        "kafka/test_reporter_delivery.py::test_topic_that_cannot_be_made"
    ),
    "the reporter may not write, or cannot log in": (
        "faults/kafka/test_access.py::test_a_missing_acl_files_until_it_is_granted"
    ),
    "Kafka refuses one record, as too large": (
        "faults/kafka/test_commands.py::test_a_refused_report_is_sent_again"
    ),
    "no Kafka is configured": "rpc/test_reporter.py::test_technical_report_gets_the_promised_name",
    "it is killed at any instant": "faults/kafka/test_kill.py::test_nothing_is_lost",
    "it is killed between a file and its `OK`": (
        "faults/kafka/test_repeats.py::test_crash_between_file_and_ok"
    ),
    "it is stopped while reports flow": "faults/kafka/test_end_and_topic.py::test_sigterm_under_load",
    "it is stopped while Kafka is away": (
        "kafka/test_reporter_delivery.py::test_sigterm_files_what_is_unsent"
    ),
    "it shares its directory with another, and dies": (
        "faults/kafka/test_end_and_topic.py::test_one_of_two_redelivers"
    ),
    "it is gone for good, its directory is not": "unit/reporter/test_commands.py::test_drain",
    "its Kafka client dies of a fatal error": (
        "unit/reporter/test_kafka_sink.py::test_dead_producer_is_replaced"
    ),
    "it is full, read-only or failing, and Kafka is up": "faults/disk/test_disk.py::test_kafka_up",
    "it is, and Kafka is away": "faults/disk/test_disk.py::test_both_gone_and_back",
    "the machine loses its power": "faults/disk/test_crash_points.py::test_nothing_is_lost",
    "a file is damaged": "faults/disk/test_damaged_files.py::test_damaged_file",
    "many callers send the same report at once": (
        "faults/kafka/test_repeats.py::test_many_callers_make_one_record_each"
    ),
    "they do while Kafka is away": "faults/kafka/test_repeats.py::test_many_callers_make_one_file_each",
    "the same id comes with another content": (
        "faults/kafka/test_repeats.py::test_many_callers_make_one_record_each"
    ),
    "a caller leaves before its answer": (
        "unit/reporter/test_publisher.py::test_caller_that_leaves_changes_nothing"
    ),
    "a revision comes while an earlier one waits": (
        "unit/reporter/test_publisher.py::test_later_revision_is_filed_behind_an_earlier_one"
    ),
}


def rows() -> list[tuple[str, ...]]:
    """The rows of the tables that begin with "when"."""
    tables = re.findall(r"^\| when \|.*?(?=\n\n|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for table in tables for line in table.splitlines()[2:]]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]


def test_every_row_has_a_test() -> None:
    """The page has exactly the rows that are tested."""
    assert [row[0] for row in rows()] == list(HELD_BY)
    for held_by in HELD_BY.values():
        file, _, name = held_by.partition("::")
        assert re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text(), re.MULTILINE), held_by


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_row_says_what_to_look_with(row: tuple[str, str, str]) -> None:
    """A metric that is there, a command that is there, a line that is logged, or health."""
    _, _, look = row
    metric_names = set(re.findall(r"speakalka_\w+", look))
    assert metric_names <= known_metrics()
    outcomes = set(re.findall(r'outcome="(\w+)"', look))
    assert outcomes <= set(metrics.OUTCOMES)
    asked = {name for name in ("list", "drain", "audit") if f"`{name}`" in look}
    for name in asked:
        commands.parsed([name, *(["there"] if name == "drain" else [])])
    logged = re.findall(r"its log: `([^`]+)`", look)
    sources = "".join(path.read_text() for path in (TESTS.parent / "services").rglob("*.py"))
    assert all(line in sources for line in logged)
    assert metric_names or asked or logged or "health" in look


def known_metrics() -> set[str]:
    """The names of the reporter's metrics, as a metrics page has them."""
    collectors = (
        metrics._REPORTS,
        metrics.FALLBACK_FILES,
        metrics.FALLBACK_OLDEST_SECONDS,
        metrics.KAFKA_CIRCUIT_OPEN,
        metrics.KAFKA_DELIVERY_SECONDS,
    )
    families = [family for collector in collectors for family in collector.collect()]
    return {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
