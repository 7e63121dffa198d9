ALTER TABLE run ADD COLUMN purpose TEXT NOT NULL DEFAULT 'Change';   -- Change, Answer
ALTER TABLE run ADD COLUMN pull_request INTEGER;
ALTER TABLE run ADD COLUMN ending TEXT;                             -- how the pull request ended: Merged, ClosedUnmerged

UPDATE run SET pull_request = json_extract(record, '$.pull_request');

CREATE INDEX run_pull_request ON run (repository, pull_request) WHERE pull_request IS NOT NULL;
CREATE INDEX run_ending ON run (ending) WHERE ending IS NOT NULL;
CREATE INDEX run_stage ON run (stage, seq) WHERE stage <> 'Finished';
