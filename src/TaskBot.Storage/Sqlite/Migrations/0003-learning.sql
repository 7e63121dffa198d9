-- What runs taught, by whose memory it is.
CREATE TABLE pattern (
  id TEXT NOT NULL PRIMARY KEY,
  scope TEXT NOT NULL COLLATE NOCASE,
  kind TEXT NOT NULL,                          -- Solution, Failure
  title TEXT NOT NULL,
  lesson TEXT NOT NULL,
  files TEXT NOT NULL,                         -- JSON: [path]
  learnt_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  helped REAL NOT NULL,
  hurt REAL NOT NULL
);
CREATE INDEX pattern_scope ON pattern (scope);

-- What is believed of each feature's weight in choosing variants: a normal distribution.
CREATE TABLE preference (
  scope TEXT NOT NULL COLLATE NOCASE,
  feature TEXT NOT NULL,
  mean REAL NOT NULL,
  precision REAL NOT NULL,
  PRIMARY KEY (scope, feature)
) WITHOUT ROWID;

-- Outcomes that were learnt from: each counts once.
CREATE TABLE preference_lesson (
  key TEXT NOT NULL PRIMARY KEY,
  learnt_at INTEGER NOT NULL
) WITHOUT ROWID;
