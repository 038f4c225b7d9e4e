"""The embedded store."""

from services.orchestrator.sqlite_store.file import look_at
from services.orchestrator.sqlite_store.store import SqliteStore

__all__ = ["SqliteStore", "look_at"]
