-- Who holds an effect that is not confirmed, and until when. A holder that died leaves the token behind and no owner.
ALTER TABLE effect ADD COLUMN held_by TEXT REFERENCES owner (id) ON DELETE SET NULL;
ALTER TABLE effect ADD COLUMN holder TEXT;
ALTER TABLE effect ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX effect_held ON effect (held_by) WHERE held_by IS NOT NULL;

-- A run is not claimed before its time, nor while another of its group is worked on or is before it.
ALTER TABLE run ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN concurrency TEXT;
CREATE INDEX run_group ON run (repository, concurrency) WHERE concurrency IS NOT NULL AND stage = 'Queued';

-- How long nodes took: the newest few of each.
CREATE TABLE duration (
  seq INTEGER PRIMARY KEY,
  repository TEXT NOT NULL COLLATE NOCASE,
  node TEXT NOT NULL,
  type TEXT NOT NULL,
  milliseconds INTEGER NOT NULL
);
CREATE INDEX duration_node ON duration (repository, node, type);
