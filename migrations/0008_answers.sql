-- Settling by mail what waits for a person. A code stands in the mail that offers it and nowhere else: here is its keyed
-- hash. An answer waits from the transaction that decides its message until it has been carried out and answered.

CREATE TABLE answer_codes (
    hash       BYTEA PRIMARY KEY,
    about      TEXT NOT NULL,          -- H-0007, S-000123 or a meeting
    choices    TEXT NOT NULL,          -- in the order of their numbers
    binds      BYTEA,                  -- the SHA-256 that an approval is for
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    closed_at  BIGINT                  -- used, or of no use any more
);
CREATE INDEX answer_codes_by_about ON answer_codes (about);

CREATE TABLE answers (
    message      BIGINT PRIMARY KEY REFERENCES messages (number),
    address_hash BYTEA NOT NULL,       -- of whoever sent it: wrong answers are counted
    at           BIGINT NOT NULL,
    state        TEXT NOT NULL         -- waiting, done or refused
);
CREATE INDEX answers_by_state ON answers (state, address_hash, at);
