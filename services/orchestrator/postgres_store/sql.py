"""The statements of the store for several replicas: those that all stores share, and those of its leases."""

from services.orchestrator import rows

# A lease that ends much later than a new one would is of a clock that was set back since: it counts as over.
_VALID = "(lease_until > now() AND lease_until <= now() + ?3 + ?3)"


def _numbered(sql: str) -> str:
    return sql.replace("?", "$")


ADD, STARTED, UNTOUCHED = map(_numbered, (rows.ADD, rows.STARTED, rows.UNTOUCHED))
ADD_REPORT, REPORT, BACKLOG = map(_numbered, (rows.ADD_REPORT, rows.REPORT, rows.BACKLOG))
ERASE_EARLIER = _numbered(rows.ERASE_EARLIER)
SETTLE, POSTPONE, PUT_OFF = map(_numbered, (rows.SETTLE, rows.POSTPONE, rows.PUT_OFF))
HOLD = _numbered(rows.HOLD)
CRITERIA, KEEP_CRITERIA = map(_numbered, (rows.CRITERIA, rows.KEEP_CRITERIA))
CLAIM = _numbered(rows.claim(lock="FOR UPDATE SKIP LOCKED"))
GET = _numbered(  # ours, if it is so for long enough to renew it
    f"SELECT {rows.NEWS}, version, coalesce(lease_holder = ?4 AND {_VALID} AND lease_until > now() + ?3 / 3,"
    " false) FROM interviews WHERE interview_id = ?1"
)
SAVE = _numbered(
    "UPDATE interviews SET version = version + 1, state = ?3, unsettled = ?4, touched_at = ?5, document = ?6,"
    " lease_holder = CASE WHEN ?7 THEN ?8 WHEN ?4 = 1 THEN lease_holder END,"
    " lease_until = CASE WHEN ?7 THEN now() + ?9 WHEN ?4 = 1 THEN lease_until END"
    " WHERE interview_id = ?1 AND version = ?2 RETURNING version"
)
TAKE_LEASE = _numbered(
    "UPDATE interviews SET lease_holder = ?2, lease_until = now() + ?3 WHERE interview_id = ?1"
    f" AND unsettled = 1 AND (lease_holder IS NULL OR lease_holder = ?2 OR NOT {_VALID}) RETURNING version"
)
DROP_LEASE = (
    "UPDATE interviews SET lease_holder = NULL, lease_until = NULL"
    " WHERE interview_id = $1 AND lease_holder = $2"
)
UNSETTLED = _numbered(
    "SELECT interview_id FROM interviews WHERE unsettled = 1"
    f" AND (lease_holder IS NULL OR lease_holder = ?2 OR NOT {_VALID}) ORDER BY touched_at LIMIT ?1"
)
