-- Results that are to reach the hospital's FHIR server, and where they stand there.
CREATE TABLE delivery (
  result_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  provenance_id TEXT COLLATE "C" NOT NULL,
  state         TEXT COLLATE "C" NOT NULL,
  attempts      BIGINT NOT NULL,
  due           BIGINT NOT NULL,
  place         TEXT COLLATE "C"
);

CREATE INDEX delivery_waiting ON delivery (due) WHERE state = 'waiting';
