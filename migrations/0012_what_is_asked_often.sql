-- Which children changed lately is asked before each batch of mail.
CREATE INDEX children_by_change ON children (updated_at);
