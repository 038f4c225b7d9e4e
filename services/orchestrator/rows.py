"""Interviews and reports as rows: the SQL that all stores share, and what its values mean.

Parameters are written ?1, ?2, … as SQLite has them.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from services.common import logs
from services.orchestrator.documents import (
    DamagedDocument,
    interview_to_json,
    report_to_json,
)
from services.orchestrator.interview import Interview
from services.orchestrator.report import Report
from services.orchestrator.store import (
    CLAIM_SECONDS,
    Backlog,
    CriteriaKey,
    Delivery,
    DeliveryStatus,
    StoredReport,
)

BATCH = 500  # the most ids that one look for work gives
# A report that is due later than this was postponed by a clock that has been set back since: it is due.
_LATEST_DUE_SECONDS = 600.0
_DAMAGED_PAUSE_SECONDS = 300.0
_REPORT_COLUMNS = 'report_id, document, status, topic, partition, "offset", file_name, detail, attempts'

ADD = (
    "INSERT INTO interviews (interview_id, request_id, version, state, unsettled, touched_at, document)"
    " VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6) ON CONFLICT (request_id) DO NOTHING RETURNING version"
)
# The document, unless its version is known; parameter 2 is the version.
NEWS = "CASE WHEN version = ?2 THEN NULL ELSE document END"
STARTED = "SELECT document FROM interviews WHERE request_id = ?1"
UNTOUCHED = (
    "SELECT interview_id FROM interviews WHERE state = 'IN_PROGRESS' AND unsettled = 0"
    f" AND touched_at < ?1 ORDER BY touched_at LIMIT {BATCH}"
)
ADD_REPORT = (
    "INSERT INTO reports (report_id, interview_id, revision, status, completed_at, due_at, document)"
    " VALUES (?1, ?2, ?3, 'WAITING', ?4, ?4, ?5)"
)
ERASE_EARLIER = "DELETE FROM reports WHERE interview_id = ?1 AND revision < ?2"
REPORT = f"SELECT {_REPORT_COLUMNS} FROM reports WHERE interview_id = ?1 ORDER BY revision DESC LIMIT 1"
SETTLE = (
    'UPDATE reports SET status = ?2, topic = ?3, partition = ?4, "offset" = ?5, file_name = ?6, detail = ?7'
    " WHERE report_id = ?1 AND status = 'WAITING'"
)
POSTPONE = (
    "UPDATE reports SET attempts = attempts + 1, due_at = ?2, detail = ?3"
    " WHERE report_id = ?1 AND status = 'WAITING'"
)
# Who postpones a report counts an attempt: then it is held by nobody.
HOLD = "UPDATE reports SET due_at = ?3 WHERE report_id = ?1 AND attempts = ?2 AND status = 'WAITING'"
PUT_OFF = "UPDATE reports SET due_at = ?2 WHERE report_id = ?1"
BACKLOG = "SELECT count(*), min(completed_at) FROM reports WHERE status = 'WAITING'"

CRITERIA = (
    "SELECT document FROM drafted_criteria WHERE question_hash = ?1 AND language = ?2 AND prompt_version = ?3"
)
KEEP_CRITERIA = (
    "INSERT INTO drafted_criteria (question_hash, language, prompt_version, document)"
    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
)

log = logs.get_logger()


def claim(*, lock: str = "") -> str:
    """The statement that claims what is due; `lock` keeps claims at the same time apart."""
    return (
        "WITH due AS MATERIALIZED (SELECT report_id FROM reports AS r"
        f" WHERE status = 'WAITING' AND (due_at <= ?1 OR due_at > ?1 + {_LATEST_DUE_SECONDS})"
        " AND NOT EXISTS (SELECT 1 FROM reports AS earlier WHERE earlier.interview_id = r.interview_id"
        " AND earlier.status = 'WAITING' AND earlier.revision < r.revision)"
        f" ORDER BY completed_at LIMIT ?2 {lock})"
        f" UPDATE reports SET due_at = ?1 + {CLAIM_SECONDS} WHERE report_id IN (SELECT report_id FROM due)"
        f" RETURNING completed_at, {_REPORT_COLUMNS}"
    )


def interview_columns(interview: Interview) -> tuple[str, int, float, bytes]:
    """State, unsettled, touched_at, document."""
    document = interview_to_json(interview)
    return interview.state.value, int(is_unsettled(interview)), interview.touched_at.timestamp(), document


def is_unsettled(interview: Interview) -> bool:
    """Whether there is an answer to judge or a step to take."""
    return interview.pending_answer is not None or interview.step_due


def report_columns(report: Report, interview: Interview) -> tuple[str, str, int, float, bytes]:
    """What ADD_REPORT takes. A later revision waits since the write that made it due, not since the end."""
    since = interview.touched_at if report.revision > 1 else report.completed_at
    return report.report_id, report.interview_id, report.revision, since.timestamp(), report_to_json(report)


def receipt_columns(delivery: Delivery) -> tuple[str, str, int, int, str, str]:
    """What SETTLE takes after the report's id."""
    receipt = (delivery.topic, delivery.partition, delivery.offset, delivery.file_name, delivery.detail)
    return (delivery.status.value, *receipt)


def stored_report(row: Sequence[Any]) -> StoredReport:
    """The report of a row that REPORT found."""
    report_id, document, status, topic, partition, offset, file_name, detail, attempts = row
    delivery = Delivery(DeliveryStatus(status), topic, partition, offset, file_name, detail)
    return StoredReport(report_id, document, delivery, attempts)


def claimed(
    rows: Iterable[Sequence[Any]], now: datetime
) -> tuple[list[StoredReport], list[tuple[str, float]]]:
    """What was claimed, oldest first; and what PUT_OFF takes for each row that cannot be read.

    Such a row stays, for a later release or a person; it does not hold up the others.
    """
    readable: list[StoredReport] = []
    put_off: list[tuple[str, float]] = []
    for _, *row in sorted(rows, key=lambda row: (row[0], row[1])):
        stored = stored_report(row)
        try:
            stored.report  # noqa: B018  (read here, where one that cannot be read is put aside)
            readable.append(stored)
        except DamagedDocument as error:
            log.error("report cannot be read", report_id=stored.report_id, error=str(error))
            put_off.append((stored.report_id, now.timestamp() + _DAMAGED_PAUSE_SECONDS))
    return readable, put_off


def criteria_columns(key: CriteriaKey) -> tuple[str, str, str]:
    """What CRITERIA takes, and KEEP_CRITERIA before the document."""
    return key.question_hash, key.language.value, key.prompt_version


def backlog(row: Sequence[Any]) -> Backlog:
    """What BACKLOG found."""
    count, oldest = row
    return Backlog(count, None if oldest is None else datetime.fromtimestamp(oldest, UTC))
