-- What was appended together is one row: a run of many nodes appends thousands of records at a time.
CREATE TABLE journal_page (
  seq INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  records BLOB NOT NULL                        -- JSON: [[attempt, node, state, key, cached, message, at], ...]
);
INSERT INTO journal_page (seq, run_id, records)
  SELECT seq, run_id, json_array(json_array(attempt, node, state, key, json(CASE is_cached WHEN 0 THEN 'false' ELSE 'true' END), message, at)) FROM journal ORDER BY seq;
DROP TABLE journal;
CREATE INDEX journal_page_run ON journal_page (run_id);

-- The file beside the database that holds a large payload, named by its SHA-256; the payload in the row is empty then.
ALTER TABLE result ADD COLUMN blob TEXT;
CREATE INDEX result_blob ON result (blob) WHERE blob IS NOT NULL;

-- A run that lives: what it stored or used since then stays, however full the cache is.
CREATE TABLE result_hold (
  id INTEGER PRIMARY KEY,
  held_by TEXT NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
  since INTEGER NOT NULL
);
CREATE INDEX result_hold_owner ON result_hold (held_by);
