-- One versioned row per interview; the columns beside the document are what the workers look for.
CREATE TABLE interviews (
    interview_id TEXT PRIMARY KEY,
    request_id   TEXT UNIQUE,
    version      BIGINT NOT NULL,
    state        TEXT NOT NULL,
    unsettled    INTEGER NOT NULL,            -- 1: an answer to judge or a step to take
    touched_at   DOUBLE PRECISION NOT NULL,   -- last write by the caller, epoch seconds
    lease_holder TEXT,                        -- the process that does what is to do
    lease_until  TIMESTAMPTZ,                 -- by the clock of this database
    document     BYTEA NOT NULL
);

CREATE INDEX interviews_unsettled ON interviews (touched_at) WHERE unsettled = 1;
CREATE INDEX interviews_open ON interviews (touched_at) WHERE state = 'IN_PROGRESS';

-- Every report, with its receipt; the outbox is the rows that are WAITING.
CREATE TABLE reports (
    report_id    TEXT PRIMARY KEY,
    interview_id TEXT NOT NULL REFERENCES interviews (interview_id),
    revision     INTEGER NOT NULL,
    status       TEXT NOT NULL,
    completed_at DOUBLE PRECISION NOT NULL,   -- epoch seconds
    due_at       DOUBLE PRECISION NOT NULL,   -- not handed over before, epoch seconds
    attempts     INTEGER NOT NULL DEFAULT 0,
    topic        TEXT NOT NULL DEFAULT '',
    partition    INTEGER NOT NULL DEFAULT 0,
    "offset"     BIGINT NOT NULL DEFAULT 0,
    file_name    TEXT NOT NULL DEFAULT '',
    detail       TEXT NOT NULL DEFAULT '',
    document     BYTEA NOT NULL,
    UNIQUE (interview_id, revision)
);

CREATE INDEX reports_waiting ON reports (completed_at) WHERE status = 'WAITING';
