-- Raw outputs of an imaging model for the pixels of one image: no patient, no time, no reference. The same pixels are never run twice.
CREATE TABLE image_run (
  run_key  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  recorded BIGINT NOT NULL,
  outputs  BYTEA NOT NULL
);

-- One row per study that is to be read or was read: what a hook asks first. The request goes when the reading has ended.
CREATE TABLE study_reading (
  reading_key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  state       TEXT COLLATE "C" NOT NULL,
  report_id   TEXT COLLATE "C" NOT NULL,
  updated     BIGINT NOT NULL,
  attempts    BIGINT NOT NULL,
  request     BYTEA,
  detail      BYTEA
);

CREATE INDEX study_reading_queued ON study_reading (updated) WHERE state = 'queued';
