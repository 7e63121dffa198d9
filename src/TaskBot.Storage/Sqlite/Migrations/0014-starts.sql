ALTER TABLE run ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN concurrency TEXT COLLATE NOCASE;          -- the group's name
ALTER TABLE run ADD COLUMN has_group INTEGER NOT NULL DEFAULT 0;     -- it began, and has its group until it has ended or waits for a person

CREATE INDEX run_group ON run (repository, concurrency) WHERE has_group;

-- What projects start by the clock, and when next.
CREATE TABLE scheduled_start (
  repository TEXT NOT NULL COLLATE NOCASE,
  entry TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (repository, entry)
) WITHOUT ROWID;
CREATE INDEX scheduled_start_due ON scheduled_start (due_at);
