-- Of most checks that a webhook tells of it is only asked whether their commit is ours, before anything else of them is read.
DROP INDEX IF EXISTS run_head;
CREATE INDEX run_head ON run (head_sha, repository) WHERE head_sha IS NOT NULL;
