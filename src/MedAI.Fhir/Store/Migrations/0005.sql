-- Rows of outcomes in the order in which they came. The id of an abstention is looked up nowhere, and a prediction's is its result's; keys are of predictions alone.
CREATE TABLE outcome_in_order (
  sequence        INTEGER PRIMARY KEY,
  outcome_id      TEXT    NOT NULL,
  kind            TEXT    NOT NULL,
  recorded        INTEGER NOT NULL,
  tenant          TEXT    NOT NULL,
  fhir_base       TEXT    NOT NULL,
  patient_id      TEXT    NOT NULL,
  model_id        TEXT    NOT NULL,
  model_version   TEXT    NOT NULL,
  model_hash      TEXT    NOT NULL,
  as_of           INTEGER NOT NULL,
  idempotency_key TEXT,
  result_type     TEXT,
  result_id       TEXT,
  result_version  INTEGER,
  reasons         TEXT    NOT NULL,
  detail          BLOB    NOT NULL,
  FOREIGN KEY (result_type, result_id, result_version) REFERENCES resource (type, id, version)
) STRICT;

INSERT INTO outcome_in_order SELECT rowid, outcome_id, kind, recorded, tenant, fhir_base, patient_id, model_id, model_version, model_hash, as_of, idempotency_key, result_type, result_id,
  result_version, reasons, detail FROM outcome;
DROP TABLE outcome;
ALTER TABLE outcome_in_order RENAME TO outcome;

CREATE UNIQUE INDEX outcome_key ON outcome (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX outcome_result ON outcome (result_id) WHERE result_id IS NOT NULL;
