-- How many attempts began lately is asked before each batch of mail: too many stop all sending.
CREATE INDEX attempts_by_time ON attempts (began_at);
