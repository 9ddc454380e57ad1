-- Jobs over many patients: the status with which a result is given, and how far the work has come, so that a run which was broken off goes on there.
ALTER TABLE job ADD COLUMN status BIGINT;
ALTER TABLE job ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
UPDATE job SET status = 200 WHERE state = 'ended';

-- What such a job has written so far, in pieces.
CREATE TABLE job_part (
  job   TEXT COLLATE "C" NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  file  TEXT COLLATE "C" NOT NULL,
  place BIGINT NOT NULL,
  lines BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (job, file, place)
);
