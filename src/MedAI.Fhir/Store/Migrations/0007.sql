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
  format   TEXT,
  status   INTEGER,
  position INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What a job over many patients has written so far, in pieces; position says how far that is, so that a run which was broken off goes on there.
CREATE TABLE job_part (
  job   TEXT    NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  file  TEXT    NOT NULL,
  place INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  bytes BLOB    NOT NULL,
  PRIMARY KEY (job, file, place)
) STRICT;

CREATE INDEX job_waiting ON job (received) WHERE state = 'waiting';
CREATE INDEX job_expires ON job (expires) WHERE expires IS NOT NULL;
