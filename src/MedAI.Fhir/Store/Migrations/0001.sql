-- Instants are milliseconds since 1970-01-01 UTC, so that datetime(x / 1000, 'unixepoch') reads them.

-- Every version of every resource; rows are never changed. The current one has the highest version.
CREATE TABLE resource (
  type         TEXT    NOT NULL,
  id           TEXT    NOT NULL,
  version      INTEGER NOT NULL CHECK (version > 0),
  last_updated INTEGER NOT NULL,
  patient_id   TEXT,
  deleted      INTEGER NOT NULL DEFAULT 0,
  json         BLOB    NOT NULL,
  UNIQUE (type, id, version)
) STRICT;

CREATE INDEX resource_patient ON resource (patient_id, type, id) WHERE patient_id IS NOT NULL;

-- One row per answered inference: a prediction or an abstention.
CREATE TABLE outcome (
  outcome_id      TEXT    NOT NULL PRIMARY KEY,
  kind            TEXT    NOT NULL,
  recorded        INTEGER NOT NULL,
  tenant          TEXT    NOT NULL,
  fhir_base       TEXT    NOT NULL,
  patient_id      TEXT    NOT NULL,
  model_id        TEXT    NOT NULL,
  model_version   TEXT    NOT NULL,
  model_hash      TEXT    NOT NULL,
  as_of           INTEGER NOT NULL,
  idempotency_key TEXT    UNIQUE,
  result_type     TEXT,
  result_id       TEXT,
  result_version  INTEGER,
  reasons         TEXT    NOT NULL,
  detail          BLOB    NOT NULL,
  FOREIGN KEY (result_type, result_id, result_version) REFERENCES resource (type, id, version)
) STRICT;

CREATE INDEX outcome_result ON outcome (result_id) WHERE result_id IS NOT NULL;

CREATE TABLE audit (
  sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT    NOT NULL UNIQUE,
  request_id    TEXT    NOT NULL,
  started       INTEGER NOT NULL,
  ended         INTEGER NOT NULL,
  cause         TEXT    NOT NULL,
  service       TEXT,
  hook_instance TEXT,
  client        TEXT    NOT NULL,
  user          TEXT,
  tenant        TEXT,
  fhir_base     TEXT,
  patient_id    TEXT,
  model_id      TEXT,
  model_version TEXT,
  model_hash    TEXT,
  input_hash    TEXT,
  outcome       TEXT    NOT NULL,
  reasons       TEXT    NOT NULL,
  result_id     TEXT,
  threshold     TEXT,
  cards         TEXT,
  status        INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_request ON audit (request_id);
CREATE INDEX audit_patient ON audit (patient_id) WHERE patient_id IS NOT NULL;

-- An audit trail that can be edited proves nothing.
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are kept'); END;
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are not changed'); END;

-- The row that the health check writes.
CREATE TABLE probe (only INTEGER PRIMARY KEY CHECK (only = 1), checks INTEGER NOT NULL) STRICT;
INSERT INTO probe VALUES (1, 0);
