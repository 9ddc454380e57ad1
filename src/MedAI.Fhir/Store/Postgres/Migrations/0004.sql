-- What was last shown to a user about a patient, so that nobody is told the same twice. The key is a digest: no patient can be read from it.
CREATE TABLE alert (
  alert_key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  shown       BIGINT NOT NULL,
  probability BIGINT NOT NULL,
  level       BIGINT NOT NULL
);

-- Whose data a resource was written from; null for what says nothing about a patient.
ALTER TABLE resource ADD COLUMN tenant TEXT COLLATE "C";
