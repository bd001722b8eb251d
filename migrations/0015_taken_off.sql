-- What a mail said of a child: that it is on the agenda, or that it was taken off. The last word counts (MC-32).
ALTER TABLE outbox_cases ADD COLUMN taken_off BIGINT NOT NULL DEFAULT 0;
