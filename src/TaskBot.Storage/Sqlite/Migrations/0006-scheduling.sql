-- Who holds an effect that is not confirmed, and until when. A holder that died leaves the token behind and no owner.
ALTER TABLE effect ADD COLUMN held_by TEXT REFERENCES owner (id) ON DELETE SET NULL;
ALTER TABLE effect ADD COLUMN holder TEXT;
ALTER TABLE effect ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX effect_held ON effect (held_by) WHERE held_by IS NOT NULL;

-- How long nodes took: the newest few of each.
CREATE TABLE duration (
  seq INTEGER PRIMARY KEY,
  repository TEXT NOT NULL COLLATE NOCASE,
  node TEXT NOT NULL,
  type TEXT NOT NULL,
  milliseconds INTEGER NOT NULL
);
CREATE INDEX duration_node ON duration (repository, node, type);
