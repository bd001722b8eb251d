-- A paper is kept once, however many mails carry it. A mail's frozen text leaves its papers out; `enclosed_at` says where
-- in that text the paper's encoded bytes stand (RFC 2045 §6.8), null for a paper that is the same bytes as another of the
-- mail. The paper is sealed under its case's data key: shredding the case takes the paper out of every mail.

CREATE TABLE outbox_papers (
    sha256   BYTEA NOT NULL,
    case_no  BIGINT NOT NULL REFERENCES cases (number),
    data_key TEXT NOT NULL REFERENCES data_keys (id),
    encoded  BYTEA NOT NULL,           -- sealed
    PRIMARY KEY (sha256, case_no)
);
ALTER TABLE outbox_documents ADD COLUMN enclosed_at BIGINT;

-- By what is asked for: each of these was a walk through the table, or through one authority's part of it.
CREATE INDEX outbox_by_answers ON outbox (answers);
CREATE INDEX outbox_by_kind ON outbox (kind, created_at);
DROP INDEX outbox_recipients_by_address;
CREATE INDEX outbox_recipients_by_address ON outbox_recipients (address_hash, entry);
DROP INDEX child_keys_by_hash;
CREATE INDEX child_keys_by_hash ON child_keys (hash);
CREATE INDEX messages_by_sha256 ON messages (sha256);
CREATE INDEX occurrences_by_uid ON occurrences (uid);
CREATE INDEX meetings_by_state ON meetings (state, starts_at);

-- Mail is put into the outbox at the end of a transaction, after what refers to it: the reference is checked at commit.
CREATE TABLE invitations_2 (
    uid           TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    panel         TEXT NOT NULL,
    case_no       BIGINT REFERENCES cases (number),
    meeting       TEXT,
    attendee_hash BYTEA NOT NULL,
    sequence      BIGINT NOT NULL,
    dtstamp       BIGINT NOT NULL,
    starts_local  TEXT NOT NULL,
    ends_local    TEXT NOT NULL,
    state         TEXT NOT NULL,
    partstat      TEXT,
    partstat_at   BIGINT,
    last_entry    BIGINT REFERENCES outbox (number) DEFERRABLE INITIALLY DEFERRED,
    data_key      TEXT NOT NULL REFERENCES data_keys (id),
    attendee      BYTEA NOT NULL           -- sealed
);
INSERT INTO invitations_2 SELECT uid, kind, panel, case_no, meeting, attendee_hash, sequence, dtstamp, starts_local,
    ends_local, state, partstat, partstat_at, last_entry, data_key, attendee FROM invitations;
DROP TABLE invitations;
ALTER TABLE invitations_2 RENAME TO invitations;
CREATE INDEX invitations_by_case ON invitations (case_no);
CREATE INDEX invitations_by_meeting ON invitations (meeting);
