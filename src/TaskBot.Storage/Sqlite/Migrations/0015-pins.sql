-- What the nodes of a run are pinned to; not removed to make room.
CREATE TABLE result_pin (
  run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  place INTEGER,                               -- the key as result_place has it
  PRIMARY KEY (run_id, key)
) WITHOUT ROWID;
CREATE INDEX result_pin_key ON result_pin (key);
