"""The store for several replicas."""

from services.orchestrator.postgres_store.database import look_at
from services.orchestrator.postgres_store.store import PostgresStore

__all__ = ["PostgresStore", "look_at"]
