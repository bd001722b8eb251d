-- Packs that wait for approval, or waited: one row a meeting, written over when its pack is drawn up anew. The pack's mails
-- are the meeting's held mails of the outbox whose held_rule is MC-33.

CREATE TABLE approvals (
    meeting     TEXT PRIMARY KEY REFERENCES meetings (id),
    state       TEXT NOT NULL,         -- asked, refused, unapproved, approved, sent or lapsed
    version     BIGINT NOT NULL,       -- how often the pack was drawn up
    sha256      BYTEA NOT NULL,        -- of the frozen mails
    plan        BYTEA NOT NULL,        -- what they say to whom: a change voids them
    flagged     BIGINT NOT NULL,       -- papers that a person should look at
    asked_at    BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL,
    decided_at  BIGINT,
    data_key    TEXT REFERENCES data_keys (id),
    decision    BYTEA                  -- sealed: who, and why
);
CREATE INDEX approvals_by_state ON approvals (state);
