-- The whole schema, valid on SQLite and PostgreSQL: BIGINT, TEXT, BYTEA only. Instants are microseconds UTC, dates and
-- civil times ISO text, yes/no is 0/1. Columns that end the comment "sealed" hold blobs of src/seal; nothing personal
-- stands anywhere else. Never edited once landed: the next change is the next file.

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('messages', 0), ('cases', 0), ('outbox', 0), ('held', 0);

CREATE TABLE settings (
    name   TEXT PRIMARY KEY,
    value  TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- The store's own keys, wrapped by the master key; a store opens with the master key that made them.
CREATE TABLE keyring (
    name    TEXT PRIMARY KEY,
    key_id  TEXT NOT NULL,
    wrapped BYTEA NOT NULL
);

-- One for each message, case, outgoing mail and directory import; wrapped is null once shredded.
CREATE TABLE data_keys (
    id          TEXT PRIMARY KEY,
    wrapped     BYTEA,
    shredded_at BIGINT
);

CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    held_until BIGINT NOT NULL,
    attempt    BIGINT NOT NULL
);

-- Mail in ------------------------------------------------------------------------------------------------------------

CREATE TABLE mailboxes (
    id                TEXT PRIMARY KEY,
    epoch             BIGINT,          -- UIDVALIDITY as last seen
    tried_at          BIGINT,          -- when the last sweep, successful or not, began
    sweep_began_at    BIGINT,          -- when the last successful sweep began
    sweep_finished_at BIGINT,
    failures          BIGINT NOT NULL, -- sweeps failed since the last success
    last_error        TEXT,            -- a code, never a person
    alerted_at        BIGINT
);

CREATE TABLE messages (
    number          BIGINT PRIMARY KEY,
    mailbox         TEXT NOT NULL,
    sha256          BYTEA NOT NULL,
    arrived_at      BIGINT NOT NULL,
    received_at     BIGINT NOT NULL,
    size            BIGINT NOT NULL,
    complete        BIGINT NOT NULL,   -- 0: over the size limit, the head alone was kept
    state           TEXT NOT NULL,
    fate            TEXT,
    reason          TEXT,
    rule            TEXT,
    panel           TEXT,
    meeting         TEXT,
    attempts        BIGINT NOT NULL,
    decided_at      BIGINT,
    message_id_hash BYTEA,
    sender_hash     BYTEA,
    data_key        TEXT NOT NULL REFERENCES data_keys (id),
    facts           BYTEA,             -- sealed
    UNIQUE (mailbox, sha256)
);
CREATE INDEX messages_by_state ON messages (state, arrived_at, number);
CREATE INDEX messages_by_message_id ON messages (message_id_hash);
CREATE INDEX messages_by_sender ON messages (sender_hash, arrived_at);

CREATE TABLE message_bodies (
    message BIGINT PRIMARY KEY REFERENCES messages (number),
    raw     BYTEA NOT NULL             -- sealed
);

CREATE TABLE occurrences (
    mailbox    TEXT NOT NULL,
    epoch      BIGINT NOT NULL,
    uid        TEXT NOT NULL,          -- IMAP UID, or the keyed hash of a file's name
    message    BIGINT NOT NULL REFERENCES messages (number),
    fate       TEXT NOT NULL,          -- original or repeat
    arrived_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    settled_at BIGINT,                 -- moved to Processed or Quarantine
    source     BYTEA,                  -- sealed: the file's name
    PRIMARY KEY (mailbox, epoch, uid)
);
CREATE INDEX occurrences_by_message ON occurrences (message);
CREATE INDEX occurrences_by_arrival ON occurrences (arrived_at);

-- Casework -----------------------------------------------------------------------------------------------------------

CREATE TABLE children (
    id          TEXT PRIMARY KEY,
    authority   TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    merged_into TEXT REFERENCES children (id),
    data_key    TEXT NOT NULL REFERENCES data_keys (id),
    identity    BYTEA NOT NULL         -- sealed
);

CREATE TABLE child_keys (
    child     TEXT NOT NULL REFERENCES children (id),
    authority TEXT NOT NULL,
    kind      TEXT NOT NULL,
    hash      BYTEA NOT NULL,
    PRIMARY KEY (child, kind, hash)
);
CREATE INDEX child_keys_by_hash ON child_keys (authority, kind, hash);

CREATE TABLE cases (
    number             BIGINT PRIMARY KEY,
    child              TEXT NOT NULL REFERENCES children (id),
    authority          TEXT NOT NULL,
    panel              TEXT NOT NULL,
    state              TEXT NOT NULL,
    opened_at          BIGINT NOT NULL,
    closed_at          BIGINT,
    pathway_start      TEXT,
    last_heard         TEXT,
    review_due         TEXT,
    review_provisional BIGINT NOT NULL,
    data_key           TEXT NOT NULL REFERENCES data_keys (id),
    facts              BYTEA NOT NULL  -- sealed
);
CREATE INDEX cases_by_child ON cases (child);
CREATE INDEX cases_by_review ON cases (panel, state, review_due);

CREATE TABLE restrictions (
    id         TEXT PRIMARY KEY,
    case_no    BIGINT NOT NULL REFERENCES cases (number),
    subject    TEXT NOT NULL,
    review_on  TEXT,
    created_at BIGINT NOT NULL,
    lifted_at  BIGINT,
    data_key   TEXT NOT NULL REFERENCES data_keys (id),
    detail     BYTEA NOT NULL          -- sealed: value, reason, who
);
CREATE INDEX restrictions_by_case ON restrictions (case_no);

CREATE TABLE meetings (
    id            TEXT PRIMARY KEY,    -- panel/original date
    panel         TEXT NOT NULL,
    starts_at     BIGINT NOT NULL,
    starts_local  TEXT NOT NULL,
    cutoff_at     BIGINT NOT NULL,
    pack_at       BIGINT NOT NULL,
    list_at       BIGINT,
    supplement_at BIGINT,
    state         TEXT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX meetings_by_panel ON meetings (panel, starts_at);

CREATE TABLE meeting_marks (
    meeting TEXT NOT NULL REFERENCES meetings (id),
    mark    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    detail  TEXT,                      -- a code or a hash
    PRIMARY KEY (meeting, mark)
);

CREATE TABLE documents (
    id            TEXT PRIMARY KEY,
    message       BIGINT NOT NULL REFERENCES messages (number),
    position      BIGINT NOT NULL,     -- the leaf's place in its message, from 1
    reading       BIGINT NOT NULL,     -- the reading's number within the file, 0 for none
    sha256        BYTEA NOT NULL,
    format        TEXT NOT NULL,
    form          TEXT,
    what          TEXT NOT NULL,
    authority     TEXT,
    panel         TEXT,
    case_no       BIGINT REFERENCES cases (number),
    meeting       TEXT,
    arrived_at    BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    state         TEXT NOT NULL,
    superseded_by TEXT REFERENCES documents (id),
    data_key      TEXT NOT NULL REFERENCES data_keys (id),
    body          BYTEA NOT NULL,      -- sealed: path, file name, reading
    name_marks    BYTEA NOT NULL,      -- truncated keyed hashes
    UNIQUE (message, position, reading)
);
CREATE INDEX documents_by_hash ON documents (sha256);
CREATE INDEX documents_by_case ON documents (case_no);
CREATE INDEX documents_by_meeting ON documents (meeting);

CREATE TABLE agenda_items (
    id          TEXT PRIMARY KEY,
    meeting     TEXT NOT NULL REFERENCES meetings (id),
    case_no     BIGINT NOT NULL REFERENCES cases (number),
    section     TEXT NOT NULL,
    state       TEXT NOT NULL,
    added_at    BIGINT NOT NULL,
    rule        TEXT NOT NULL,
    position    BIGINT,
    slot_start  TEXT,
    slot_end    TEXT,
    notes       TEXT NOT NULL,         -- codes, comma-separated
    admitted_by TEXT,
    moved_to    TEXT,
    UNIQUE (meeting, case_no)
);
CREATE INDEX agenda_items_by_case ON agenda_items (case_no);

CREATE TABLE decisions (
    id                TEXT PRIMARY KEY,
    at                BIGINT NOT NULL,
    about             TEXT NOT NULL,   -- a reference
    profile_hash      TEXT,
    calendar_hash     TEXT,
    directory_version TEXT,
    reasons           TEXT NOT NULL    -- JSON: rule ids and reasons, ids only
);
CREATE INDEX decisions_by_about ON decisions (about, at);

CREATE TABLE obligations (
    id         TEXT PRIMARY KEY,
    purpose    TEXT NOT NULL UNIQUE,   -- what makes it the same obligation
    kind       TEXT NOT NULL,
    rule       TEXT NOT NULL,
    due_at     BIGINT NOT NULL,
    owner      TEXT NOT NULL,          -- a role
    panel      TEXT,
    case_no    BIGINT REFERENCES cases (number),
    meeting    TEXT,
    document   TEXT REFERENCES documents (id),
    message    BIGINT REFERENCES messages (number),
    state      TEXT NOT NULL,
    opened_at  BIGINT NOT NULL,
    closed_at  BIGINT,
    alerted_at BIGINT,
    level      BIGINT NOT NULL         -- 0 owner, 1 deputy, 2 chair
);
CREATE INDEX obligations_by_due ON obligations (state, due_at);
CREATE INDEX obligations_by_case ON obligations (case_no);

-- Mail out -----------------------------------------------------------------------------------------------------------

CREATE TABLE outbox (
    number          BIGINT PRIMARY KEY,
    purpose         BYTEA NOT NULL UNIQUE, -- keyed hash of case, document version, recipient and purpose
    kind            TEXT NOT NULL,
    rule            TEXT NOT NULL,
    panel           TEXT NOT NULL,
    meeting         TEXT,
    answers         BIGINT REFERENCES messages (number),
    part            TEXT,
    message_id      TEXT NOT NULL UNIQUE,
    created_at      BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    expires_at      BIGINT,
    state           TEXT NOT NULL,
    state_at        BIGINT NOT NULL,
    attempt         BIGINT NOT NULL,
    held_rule       TEXT,                  -- why it is held or cancelled
    superseded_by   BIGINT REFERENCES outbox (number),
    approved_at     BIGINT,
    approved_sha256 BYTEA,
    sha256          BYTEA NOT NULL,        -- of the frozen bytes
    size            BIGINT NOT NULL,
    data_key        TEXT NOT NULL REFERENCES data_keys (id),
    envelope        BYTEA NOT NULL         -- sealed: from and to
);
CREATE INDEX outbox_by_state ON outbox (state, due_at, number);
CREATE INDEX outbox_by_meeting ON outbox (meeting);

CREATE TABLE outbox_bodies (
    entry  BIGINT PRIMARY KEY REFERENCES outbox (number),
    frozen BYTEA NOT NULL                  -- sealed
);

CREATE TABLE outbox_recipients (
    entry        BIGINT NOT NULL REFERENCES outbox (number),
    position     BIGINT NOT NULL,          -- in the sealed envelope
    address_hash BYTEA NOT NULL,
    role         TEXT NOT NULL,
    journal      BIGINT NOT NULL,          -- 1: our own journal mailbox
    state        TEXT NOT NULL,
    reply_code   BIGINT,
    reply_class  TEXT,                     -- enhanced status code (RFC 3463)
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (entry, position)
);
CREATE INDEX outbox_recipients_by_address ON outbox_recipients (address_hash);

CREATE TABLE outbox_cases (
    entry   BIGINT NOT NULL REFERENCES outbox (number),
    case_no BIGINT NOT NULL REFERENCES cases (number),
    PRIMARY KEY (entry, case_no)
);
CREATE INDEX outbox_cases_by_case ON outbox_cases (case_no);

CREATE TABLE outbox_documents (
    entry   BIGINT NOT NULL REFERENCES outbox (number),
    sha256  BYTEA NOT NULL,
    case_no BIGINT NOT NULL REFERENCES cases (number),
    PRIMARY KEY (entry, sha256, case_no)
);
CREATE INDEX outbox_documents_by_hash ON outbox_documents (sha256);

CREATE TABLE attempts (
    entry    BIGINT NOT NULL REFERENCES outbox (number),
    attempt  BIGINT NOT NULL,
    holder   TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome  TEXT,                         -- a code
    PRIMARY KEY (entry, attempt)
);

CREATE TABLE invitations (
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
    last_entry    BIGINT REFERENCES outbox (number),
    data_key      TEXT NOT NULL REFERENCES data_keys (id),
    attendee      BYTEA NOT NULL           -- sealed
);
CREATE INDEX invitations_by_case ON invitations (case_no);
CREATE INDEX invitations_by_meeting ON invitations (meeting);

CREATE TABLE held (
    number     BIGINT PRIMARY KEY,
    kind       TEXT NOT NULL,
    rule       TEXT NOT NULL,
    panel      TEXT,
    message    BIGINT REFERENCES messages (number),
    document   TEXT REFERENCES documents (id),
    case_no    BIGINT REFERENCES cases (number),
    meeting    TEXT,
    entry      BIGINT REFERENCES outbox (number),
    state      TEXT NOT NULL,
    opened_at  BIGINT NOT NULL,
    closed_at  BIGINT,
    alerted_at BIGINT,
    level      BIGINT NOT NULL,
    data_key   TEXT NOT NULL REFERENCES data_keys (id),
    detail     BYTEA NOT NULL,             -- sealed
    decision   BYTEA                       -- sealed: who closed it, and why
);
CREATE INDEX held_by_state ON held (state, number);
CREATE INDEX held_by_message ON held (message);
CREATE INDEX held_by_case ON held (case_no);

CREATE TABLE directory_imports (
    version     TEXT PRIMARY KEY,
    imported_at BIGINT NOT NULL,
    entries     BIGINT NOT NULL,
    data_key    TEXT NOT NULL REFERENCES data_keys (id),
    content     BYTEA NOT NULL             -- sealed
);

-- The journal: append-only, each line holding the exact bytes that were hashed and their hash. ----------------------

CREATE TABLE journal (
    seq    BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    event  TEXT NOT NULL,
    rule   TEXT,
    reason TEXT NOT NULL,
    refs   TEXT NOT NULL,                  -- JSON list
    bytes  BYTEA NOT NULL,
    hash   BYTEA NOT NULL
);

CREATE TABLE journal_refs (
    ref TEXT NOT NULL,
    seq BIGINT NOT NULL REFERENCES journal (seq),
    PRIMARY KEY (ref, seq)
);
CREATE INDEX journal_refs_by_seq ON journal_refs (seq);

CREATE TABLE journal_head (
    id   BIGINT PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
