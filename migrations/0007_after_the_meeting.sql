-- What a meeting decided about each child it heard, and the actions it agreed. One row a child and meeting: a later form
-- of the same meeting is written over the earlier, and the version says how often.

CREATE TABLE outcomes (
    case_no     BIGINT NOT NULL REFERENCES cases (number),
    meeting     TEXT NOT NULL REFERENCES meetings (id),
    version     BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    message     BIGINT REFERENCES messages (number),
    verdict     TEXT NOT NULL,         -- continue, close or defer
    review_due  TEXT,                  -- as this meeting set it
    outstanding BIGINT NOT NULL,       -- 1: an action was found outstanding (SY-17)
    noted       BIGINT NOT NULL,       -- the version that the notes carried, 0 for none
    data_key    TEXT NOT NULL REFERENCES data_keys (id),
    body        BYTEA NOT NULL,        -- sealed: what was said, and where each part of it stood
    PRIMARY KEY (case_no, meeting)
);
CREATE INDEX outcomes_by_meeting ON outcomes (meeting);
CREATE INDEX outcomes_to_note ON outcomes (noted, meeting);

CREATE TABLE actions (
    id        TEXT PRIMARY KEY,
    case_no   BIGINT NOT NULL REFERENCES cases (number),
    meeting   TEXT NOT NULL REFERENCES meetings (id),   -- that agreed it
    looked_at TEXT NOT NULL REFERENCES meetings (id),   -- that last said how it stands
    position  BIGINT NOT NULL,
    due       TEXT,                    -- where it is a date
    state     TEXT NOT NULL,           -- open, completed, ongoing or outstanding (SY-44)
    data_key  TEXT NOT NULL REFERENCES data_keys (id),
    detail    BYTEA NOT NULL           -- sealed: what, by when, who
);
CREATE INDEX actions_by_case ON actions (case_no, position);
