"""Interviews and reports as rows of SQLite: the statements, each run inside a transaction of its caller."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias

from services.common import logs
from services.orchestrator.documents import (
    DamagedDocument,
    interview_from_json,
    interview_to_json,
    report_from_json,
    report_to_json,
)
from services.orchestrator.interview import Interview
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import Report
from services.orchestrator.store import (
    Backlog,
    Delivery,
    DeliveryStatus,
    LostRace,
    Stored,
    StoredReport,
)

ReportRow: TypeAlias = tuple[bytes, str, str, int, int, str, str, int]  # as _REPORT_COLUMNS lists them

_REPORT_COLUMNS = 'document, status, topic, partition, "offset", file_name, detail, attempts'
_DAMAGED_PAUSE_SECONDS = 3600.0

log = logs.get_logger()


class Rows(Protocol):
    """What a statement found, or how many rows it changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """An open database, inside a transaction."""

    def execute(self, sql: str, parameters: tuple[Any, ...] = ..., /) -> Rows: ...


def _columns(interview: Interview) -> tuple[str, bool, float, bytes]:
    unsettled = interview.pending_answer is not None or interview.step_due
    return (interview.state.value, unsettled, interview.touched_at.timestamp(), interview_to_json(interview))


def add(db: Database, interview: Interview, request_id: str) -> Interview:
    if request_id:
        row = db.execute("SELECT document FROM interviews WHERE request_id = ?", (request_id,)).fetchone()
        if row:
            return interview_from_json(row[0])
    db.execute(
        "INSERT INTO interviews (interview_id, request_id, version, state, unsettled, touched_at, document)"
        " VALUES (?, ?, 1, ?, ?, ?, ?)",
        (interview.interview_id, request_id or None, *_columns(interview)),
    )
    return interview


def get(db: Database, interview_id: str) -> Stored:
    query = "SELECT document, version FROM interviews WHERE interview_id = ?"
    row = db.execute(query, (interview_id,)).fetchone()
    if row is None:
        raise InterviewNotFound(interview_id)
    return Stored(interview_from_json(row[0]), row[1])


def save(db: Database, read: Stored, changed: Interview, report: Report | None) -> Stored:
    done = db.execute(
        "UPDATE interviews SET version = version + 1, state = ?, unsettled = ?, touched_at = ?, document = ?"
        " WHERE interview_id = ? AND version = ?",
        (*_columns(changed), changed.interview_id, read.version),
    )
    if done.rowcount == 0:
        raise LostRace
    if report is not None:
        completed_at = report.completed_at.timestamp()
        db.execute(
            "INSERT INTO reports (report_id, interview_id, revision, status, completed_at, due_at, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                report.report_id,
                report.interview_id,
                report.revision,
                DeliveryStatus.WAITING.value,
                completed_at,
                completed_at,
                report_to_json(report),
            ),
        )
    return Stored(changed, read.version + 1)


def ids(db: Database, query: str, *arguments: float) -> list[str]:
    return [row[0] for row in db.execute(query, arguments)]


def report(db: Database, interview_id: str) -> StoredReport:
    query = f"SELECT {_REPORT_COLUMNS} FROM reports WHERE interview_id = ? ORDER BY revision DESC LIMIT 1"
    row = db.execute(query, (interview_id,)).fetchone()
    if row is None:
        get(db, interview_id)
        raise ReportNotReady(interview_id)
    return _stored_report(row)


def waiting(db: Database, now: datetime, limit: int) -> list[StoredReport]:
    query = (
        f"SELECT report_id, {_REPORT_COLUMNS} FROM reports AS r"
        " WHERE status = 'WAITING' AND due_at <= ? AND NOT EXISTS"
        " (SELECT 1 FROM reports AS earlier WHERE earlier.interview_id = r.interview_id"
        "  AND earlier.status = 'WAITING' AND earlier.revision < r.revision)"
        " ORDER BY completed_at LIMIT ?"
    )
    rows = db.execute(query, (now.timestamp(), limit)).fetchall()
    read = [_read_or_put_off(db, now, *row) for row in rows]
    return [stored for stored in read if stored is not None]


def _read_or_put_off(db: Database, now: datetime, report_id: str, *row: *ReportRow) -> StoredReport | None:
    """A row that cannot be read stays, for a later release or a person; it does not hold up the others."""
    try:
        return _stored_report(row)
    except DamagedDocument as error:
        log.error("report cannot be read", report_id=report_id, error=str(error))
        due_at = now.timestamp() + _DAMAGED_PAUSE_SECONDS
        db.execute("UPDATE reports SET due_at = ? WHERE report_id = ?", (due_at, report_id))
        return None


def _stored_report(row: ReportRow) -> StoredReport:
    document, status, topic, partition, offset, file_name, detail, attempts = row
    delivery = Delivery(DeliveryStatus(status), topic, partition, offset, file_name, detail)
    return StoredReport(report_from_json(document), delivery, attempts)


def settle_report(db: Database, report_id: str, delivery: Delivery) -> None:
    db.execute(
        'UPDATE reports SET status = ?, topic = ?, partition = ?, "offset" = ?, file_name = ?, detail = ?'
        " WHERE report_id = ?",
        (
            delivery.status.value,
            delivery.topic,
            delivery.partition,
            delivery.offset,
            delivery.file_name,
            delivery.detail,
            report_id,
        ),
    )


def backlog(db: Database) -> Backlog:
    query = "SELECT count(*), min(completed_at) FROM reports WHERE status = 'WAITING'"
    count, oldest = db.execute(query).fetchone()
    return Backlog(count, None if oldest is None else datetime.fromtimestamp(oldest, UTC))
