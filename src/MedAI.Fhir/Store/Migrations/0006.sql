-- Results that are to reach the hospital's FHIR server, and where they stand there.
CREATE TABLE delivery (
  result_id     TEXT    NOT NULL PRIMARY KEY,
  provenance_id TEXT    NOT NULL,
  state         TEXT    NOT NULL,
  attempts      INTEGER NOT NULL,
  due           INTEGER NOT NULL,
  place         TEXT
) STRICT;

CREATE INDEX delivery_waiting ON delivery (due) WHERE state = 'waiting';
