-- Operations that were asked for with Prefer: respond-async. What was asked goes when the job has ended; the row goes when its result has expired or the caller deletes it.
CREATE TABLE job (
  id       TEXT    NOT NULL PRIMARY KEY,
  owner    TEXT    NOT NULL,
  state    TEXT    NOT NULL,
  received INTEGER NOT NULL,
  expires  INTEGER,
  attempts INTEGER NOT NULL,
  wish     BLOB,
  body     BLOB,
  result   BLOB,
  format   TEXT
) STRICT;

CREATE INDEX job_waiting ON job (received) WHERE state = 'waiting';
CREATE INDEX job_expires ON job (expires) WHERE expires IS NOT NULL;
