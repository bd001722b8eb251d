-- Mail leaves by a server.

-- The attempt whose transaction goes without this recipient, refused at RCPT: after a crash at the dot everyone else who was
-- still open may have the mail, and they have not.
ALTER TABLE outbox_recipients ADD COLUMN missed_attempt BIGINT;

-- 1: our own journal mailbox was among those accepted at RCPT, so its copy is the proof.
ALTER TABLE attempts ADD COLUMN journal BIGINT;

-- The server mail is submitted to: one row.
CREATE TABLE submission (
    id         TEXT PRIMARY KEY,
    tried_at   BIGINT NOT NULL,
    done_at    BIGINT,                     -- when it last took a mail, or the login
    failing_at BIGINT,                     -- since when it does not
    failures   BIGINT NOT NULL,
    last_error TEXT,                       -- a code, never a person
    alerted_at BIGINT
);
