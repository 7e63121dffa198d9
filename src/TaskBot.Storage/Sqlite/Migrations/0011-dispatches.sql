-- Work that was given to jobs of GitHub Actions.
CREATE TABLE dispatch (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  run TEXT NOT NULL,
  repository TEXT NOT NULL,
  state TEXT NOT NULL,           -- Requested, Dispatched, Claimed, Running, ResultIn, Failed, Withdrawn
  actions_run INTEGER,           -- the workflow run's id, once it is known
  version INTEGER NOT NULL,
  record TEXT NOT NULL,          -- JSON
  result BLOB                    -- the sealed result as it came
) STRICT;

CREATE INDEX dispatch_run ON dispatch (run, seq);
CREATE INDEX dispatch_open ON dispatch (seq) WHERE state IN ('Requested', 'Dispatched', 'Claimed', 'Running');
CREATE INDEX dispatch_actions_run ON dispatch (actions_run) WHERE actions_run IS NOT NULL;
