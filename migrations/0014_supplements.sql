-- What waits for approval: a pack, or a supplement to one that has gone.
ALTER TABLE approvals ADD COLUMN what TEXT NOT NULL DEFAULT 'pack';
