-- Which children changed lately is asked before each batch of mail.
CREATE INDEX children_by_change ON children (updated_at);
-- What is held about a meeting is asked whenever it is laid out.
CREATE INDEX held_by_meeting ON held (meeting, kind);
