-- Raw outputs of an imaging model for the pixels of one image: no patient, no time, no reference. The same pixels are never run twice.
CREATE TABLE image_run (
  run_key  TEXT    NOT NULL PRIMARY KEY,
  recorded INTEGER NOT NULL,
  outputs  BLOB    NOT NULL
) STRICT;

-- One row per study that is to be read or was read: what a hook asks first. The request goes when the reading has ended.
CREATE TABLE study_reading (
  reading_key TEXT    NOT NULL PRIMARY KEY,
  state       TEXT    NOT NULL,
  report_id   TEXT    NOT NULL,
  updated     INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  request     BLOB,
  detail      BLOB
) STRICT;

CREATE INDEX study_reading_queued ON study_reading (updated) WHERE state = 'queued';

-- Lists of reports by status: the readings that nobody has verified yet.
CREATE INDEX resource_report_status ON resource (CAST(json AS TEXT) ->> '$.status') WHERE type = 'DiagnosticReport';
