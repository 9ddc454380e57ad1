-- What an AuditEvent and the inference log say beyond what was kept: the search as it was asked, what kind of resource in which version, and which outcome.
ALTER TABLE audit ADD COLUMN query TEXT;
ALTER TABLE audit ADD COLUMN result_type TEXT;
ALTER TABLE audit ADD COLUMN result_version INTEGER;
ALTER TABLE audit ADD COLUMN outcome_sequence INTEGER;

-- Ids of audit rows begin with their time: periods are found by them, without a further index to write. Earlier rows get such ids too.
DROP TRIGGER audit_keeps_values;
UPDATE audit SET id = printf('%08x-%04x-7', ended >> 16, ended & 65535) || substr(id, 16) WHERE length(id) = 36 AND substr(id, 15, 1) <> '7';
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are not changed'); END;

-- Until when rows may be removed: 0 but within the transaction that removes what has expired. Nobody removes what is younger than six months (EU AI Act, Art. 26(6)).
CREATE TABLE retention (only INTEGER PRIMARY KEY CHECK (only = 1), until INTEGER NOT NULL) STRICT;
INSERT INTO retention VALUES (1, 0);
CREATE TRIGGER retention_floor BEFORE UPDATE ON retention WHEN new.until > (unixepoch() - 184 * 86400) * 1000
BEGIN SELECT RAISE(ABORT, 'audit rows are kept for six months at least'); END;
DROP TRIGGER audit_keeps_rows;
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit WHEN old.ended >= (SELECT until FROM retention)
BEGIN SELECT RAISE(ABORT, 'audit rows are kept'); END;
