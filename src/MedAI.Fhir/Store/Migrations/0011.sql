-- Audit rows are found by their ids, which begin with the time, and by patient: no index by request, and no count of all rows ever written. Whatever a commit need not write, no clinician waits for.
DROP TRIGGER audit_keeps_rows;
DROP TRIGGER audit_keeps_values;

CREATE TABLE audit_in_order (
  sequence         INTEGER PRIMARY KEY,
  id               TEXT    NOT NULL UNIQUE,
  request_id       TEXT    NOT NULL,
  started          INTEGER NOT NULL,
  ended            INTEGER NOT NULL,
  cause            TEXT    NOT NULL,
  service          TEXT,
  hook_instance    TEXT,
  client           TEXT    NOT NULL,
  user             TEXT,
  tenant           TEXT,
  fhir_base        TEXT,
  patient_id       TEXT,
  model_id         TEXT,
  model_version    TEXT,
  model_hash       TEXT,
  input_hash       TEXT,
  outcome          TEXT    NOT NULL,
  reasons          TEXT    NOT NULL,
  result_id        TEXT,
  threshold        TEXT,
  cards            TEXT,
  status           INTEGER NOT NULL,
  query            TEXT,
  result_type      TEXT,
  result_version   INTEGER,
  outcome_sequence INTEGER
) STRICT;

INSERT INTO audit_in_order SELECT sequence, id, request_id, started, ended, cause, service, hook_instance, client, user, tenant, fhir_base, patient_id, model_id, model_version, model_hash, input_hash, outcome,
  reasons, result_id, threshold, cards, status, query, result_type, result_version, outcome_sequence FROM audit ORDER BY sequence;
DROP TABLE audit;
ALTER TABLE audit_in_order RENAME TO audit;

CREATE INDEX audit_patient ON audit (patient_id) WHERE patient_id IS NOT NULL;
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit WHEN old.ended >= (SELECT until FROM retention)
BEGIN SELECT RAISE(ABORT, 'audit rows are kept'); END;
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are not changed'); END;
