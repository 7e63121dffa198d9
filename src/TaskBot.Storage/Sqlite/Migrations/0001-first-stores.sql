-- Instants are milliseconds since 1970 UTC. Names of states and stages are those of the enumerations in the code.

-- Who has this database open. A row whose lock file nobody holds belongs to a process that died; deleting it frees what it held.
CREATE TABLE owner (
  id TEXT NOT NULL PRIMARY KEY,
  process_id INTEGER NOT NULL,
  machine TEXT NOT NULL,
  opened_at INTEGER NOT NULL
);

CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  event TEXT NOT NULL,
  body BLOB,                                   -- zlib; dropped once handled
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'Waiting',       -- Waiting, Completed, GivenUp
  due_at INTEGER NOT NULL DEFAULT 0,
  held_by TEXT REFERENCES owner (id) ON DELETE SET NULL,
  held_until INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  error TEXT
);
CREATE INDEX delivery_waiting ON delivery (seq) WHERE state = 'Waiting';
CREATE INDEX delivery_settled ON delivery (received_at) WHERE state <> 'Waiting';
CREATE INDEX delivery_held ON delivery (held_by) WHERE held_by IS NOT NULL;

-- One row: how many deliveries wait, so that the limit costs the same however long the queue is.
CREATE TABLE delivery_queue (length INTEGER NOT NULL);
INSERT INTO delivery_queue (length) VALUES (0);
CREATE TRIGGER delivery_added AFTER INSERT ON delivery WHEN NEW.state = 'Waiting'
BEGIN
  UPDATE delivery_queue SET length = length + 1;
END;
CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON delivery WHEN OLD.state <> NEW.state
BEGIN
  UPDATE delivery_queue SET length = length + (NEW.state = 'Waiting') - (OLD.state = 'Waiting');
END;
CREATE TRIGGER delivery_removed AFTER DELETE ON delivery WHEN OLD.state = 'Waiting'
BEGIN
  UPDATE delivery_queue SET length = length - 1;
END;

CREATE TABLE run (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  trigger_key TEXT NOT NULL UNIQUE,
  repository TEXT NOT NULL COLLATE NOCASE,
  issue INTEGER NOT NULL,
  head_sha TEXT,
  stage TEXT NOT NULL,
  version INTEGER NOT NULL,
  record TEXT NOT NULL,                        -- JSON
  held_by TEXT REFERENCES owner (id) ON DELETE SET NULL,
  held_until INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_queued ON run (seq) WHERE stage = 'Queued';
CREATE INDEX run_issue ON run (repository, issue);
CREATE INDEX run_head ON run (repository, head_sha) WHERE head_sha IS NOT NULL;
CREATE INDEX run_held ON run (held_by) WHERE held_by IS NOT NULL;

CREATE TABLE effect (
  key TEXT NOT NULL PRIMARY KEY,
  intended_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  result TEXT
);

CREATE TABLE result (
  key TEXT NOT NULL PRIMARY KEY,
  payload BLOB NOT NULL,                       -- JSON, zlib when is_packed
  is_packed INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,                 -- of the payload as it is kept
  digest TEXT NOT NULL,                        -- SHA-256 of key, time and payload, checked on every read
  stored_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
);
CREATE INDEX result_use ON result (used_at, size_bytes);

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  node TEXT NOT NULL,
  state TEXT NOT NULL,
  key TEXT,
  is_cached INTEGER NOT NULL,
  message TEXT,
  at INTEGER NOT NULL
);
CREATE INDEX journal_run ON journal (run_id);
CREATE INDEX journal_key ON journal (run_id, node) WHERE key IS NOT NULL;
