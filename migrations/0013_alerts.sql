-- Alerts that ask somebody to do something. Each waits until it is answered or over, and goes on to the next person meanwhile.

CREATE TABLE alerts (
    number     BIGINT PRIMARY KEY,     -- A-0007
    rule       TEXT NOT NULL,
    panel      TEXT NOT NULL,
    meeting    TEXT,                   -- it ends when this begins
    entry      BIGINT REFERENCES outbox (number),   -- the mail it is about
    ends       TEXT NOT NULL,          -- what its end would be: codes and references
    state      TEXT NOT NULL,          -- open, answered or over
    opened_at  BIGINT NOT NULL,
    closed_at  BIGINT,
    told_at    BIGINT NOT NULL,        -- when somebody was last told
    level      BIGINT NOT NULL,        -- who was: 0, 1 or 2
    data_key   TEXT NOT NULL REFERENCES data_keys (id),
    said       BYTEA NOT NULL,         -- sealed: what the alert says
    answer     BYTEA                   -- sealed: who answered it, or why it is over
);
CREATE INDEX alerts_by_state ON alerts (state, number);
CREATE INDEX alerts_by_end ON alerts (ends, state);
INSERT INTO counters (name, value) VALUES ('alerts', 0);
