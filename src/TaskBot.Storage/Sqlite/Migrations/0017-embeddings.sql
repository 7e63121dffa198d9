-- Vectors of texts that models were paid for; those that were used last are kept.
CREATE TABLE embedding (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,                    -- SHA-256 of model and text
  vector BLOB NOT NULL,                        -- little-endian 32-bit floats
  used_at INTEGER NOT NULL                     -- to the hour
);
CREATE INDEX embedding_used ON embedding (used_at);
