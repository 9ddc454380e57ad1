-- Operations that were asked for with Prefer: respond-async. What was asked goes when the job has ended; the row goes when its result has expired or the caller deletes it.
CREATE TABLE job (
  id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  owner    TEXT COLLATE "C" NOT NULL,
  state    TEXT COLLATE "C" NOT NULL,
  received BIGINT NOT NULL,
  expires  BIGINT,
  attempts BIGINT NOT NULL,
  wish     BYTEA,
  body     BYTEA,
  result   BYTEA,
  format   TEXT COLLATE "C"
);

CREATE INDEX job_waiting ON job (received) WHERE state = 'waiting';
CREATE INDEX job_expires ON job (expires) WHERE expires IS NOT NULL;
