-- Small results that were stored together are one row.
CREATE TABLE result_page (
  id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never given twice, so that no place can mean another page
  results BLOB NOT NULL,                       -- one after the other: key, time, length, JSON
  digest BLOB NOT NULL,                        -- SHA-256 of the results, checked on every read
  size_bytes INTEGER NOT NULL,
  used_at INTEGER NOT NULL
);
CREATE INDEX result_page_use ON result_page (used_at, size_bytes);

-- Where a result is; one that is here is newer than one of the same key in the table of results.
CREATE TABLE result_place (
  key BLOB NOT NULL PRIMARY KEY,
  page INTEGER NOT NULL
) WITHOUT ROWID;
