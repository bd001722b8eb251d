-- What keeps itself: when each job last ran, what is amiss with the program, since when a mailbox fails, what retention
-- has destroyed and what it must not.

-- A job runs once a local date; the date is that of the moment it was due.
CREATE TABLE jobs (
    name      TEXT PRIMARY KEY,
    last_date TEXT NOT NULL,
    ran_at    BIGINT                   -- null: armed, has not run yet
);

-- What is amiss now; gone again, the row goes and the journal remembers.
CREATE TABLE troubles (
    name    TEXT PRIMARY KEY,          -- mailbox:ID, sending, disk, …
    since   BIGINT NOT NULL,
    detail  TEXT NOT NULL,             -- a code
    told_at BIGINT                     -- when the other route took it
);

ALTER TABLE mailboxes ADD COLUMN failed_since BIGINT;
ALTER TABLE occurrences ADD COLUMN missing_at BIGINT;
-- 1: it came to light with many others after the mailbox was rebuilt, so what follows from it is held.
ALTER TABLE messages ADD COLUMN reappeared BIGINT NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN purged_at BIGINT;
ALTER TABLE cases ADD COLUMN purged_at BIGINT;
ALTER TABLE outbox ADD COLUMN purged_at BIGINT;

CREATE TABLE legal_holds (
    id        TEXT PRIMARY KEY,
    case_no   BIGINT NOT NULL REFERENCES cases (number),
    set_at    BIGINT NOT NULL,
    lifted_at BIGINT,
    data_key  TEXT NOT NULL REFERENCES data_keys (id),
    detail    BYTEA NOT NULL           -- sealed: who, and why
);
CREATE INDEX legal_holds_by_case ON legal_holds (case_no);
