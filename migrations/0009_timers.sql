-- The first day on which something between meetings can become due about an open case, so that a day looks at those whose
-- day has come alone. NULL: not worked out since the case last changed.
ALTER TABLE cases ADD COLUMN timers_on TEXT;
CREATE INDEX cases_by_timers ON cases (panel, state, timers_on);
