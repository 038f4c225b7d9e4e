"""What a doctor sees of a store: the nouns that each store's `look_at` speaks, and the SQL they share."""

from dataclasses import dataclass
from datetime import UTC, datetime

NEWEST = "SELECT touched_at FROM interviews ORDER BY interview_id DESC LIMIT 1"
WAITING = "SELECT count(*) FROM reports WHERE status = 'WAITING'"


class StoreNotThere(Exception):
    """There is no store yet: an orchestrator makes it when it starts. The text says where."""


class StoreUnusable(Exception):
    """The store is there and cannot be used, or cannot be reached. The text says why, without passwords."""


@dataclass(frozen=True, slots=True)
class StoreLook:
    """A store that works."""

    where: str
    waiting_reports: int
    newest_interview: datetime | None
    """When the newest one was written last."""
    time: datetime | None = None
    """By the database's own clock, if it has one."""


def store_look(
    where: str, waiting_reports: int, touched_at: float | None, time: datetime | None = None
) -> StoreLook:
    """A look by what NEWEST and WAITING gave."""
    newest = None if touched_at is None else datetime.fromtimestamp(touched_at, UTC)
    return StoreLook(where, waiting_reports, newest, time)
