-- What runs asked models and were answered. An answer is written in the transaction that settles its call.
CREATE TABLE recording (
  seq INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  place TEXT NOT NULL,                         -- the attempt and node that asked
  key TEXT NOT NULL,                           -- SHA-256 of the request
  prompt TEXT,
  asked TEXT NOT NULL,                         -- a profile or model
  chain TEXT NOT NULL,                         -- what that meant
  request BLOB NOT NULL,                       -- length and zlib
  response BLOB,                               -- length and zlib; NULL where the call failed
  error TEXT                                   -- JSON; NULL where it did not
);
CREATE INDEX recording_run ON recording (run, place, key);
