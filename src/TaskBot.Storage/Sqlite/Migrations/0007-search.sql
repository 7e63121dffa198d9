-- Indexes of trees for finding code. All of it can be made again from the repositories.

CREATE TABLE search_index (
  repository TEXT NOT NULL,
  tree TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (repository, tree)
) WITHOUT ROWID;

CREATE TABLE search_index_part (
  repository TEXT NOT NULL,
  tree TEXT NOT NULL,
  position INTEGER NOT NULL,
  segment TEXT NOT NULL,
  alive BLOB NOT NULL,                         -- a bit for each document of the segment
  PRIMARY KEY (repository, tree, position),
  FOREIGN KEY (repository, tree) REFERENCES search_index (repository, tree) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX search_index_part_segment ON search_index_part (segment);

-- The last changes of a repository: what their messages say, and their files.
CREATE TABLE search_history (
  repository TEXT NOT NULL PRIMARY KEY,
  history TEXT NOT NULL                        -- JSON
);

-- A segment's bytes in pieces, so that no write holds up the others for long.
CREATE TABLE search_segment (
  id TEXT NOT NULL,                            -- SHA-256 of all the bytes
  piece INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (id, piece)
);
