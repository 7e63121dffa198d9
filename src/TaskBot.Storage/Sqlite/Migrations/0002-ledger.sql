-- Money is whole billionths of a US dollar.

CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  spent_nano INTEGER NOT NULL,
  reserved_nano INTEGER NOT NULL
);

CREATE TABLE reservation (
  id TEXT NOT NULL PRIMARY KEY,
  accounts TEXT NOT NULL,                      -- JSON: [{"level", "key", "cap_usd"}]
  amount_nano INTEGER NOT NULL,
  made_at INTEGER NOT NULL
);

CREATE TABLE model_call (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  accounts TEXT NOT NULL,                      -- JSON, as above
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  prompt TEXT,
  outcome TEXT NOT NULL,
  error TEXT,
  input_tokens INTEGER NOT NULL,
  cached_input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  cost_nano INTEGER NOT NULL,
  is_estimated INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration_microseconds INTEGER NOT NULL
);

CREATE TABLE charge (
  account TEXT NOT NULL,
  call INTEGER NOT NULL REFERENCES model_call (seq),
  PRIMARY KEY (account, call)
) WITHOUT ROWID;
