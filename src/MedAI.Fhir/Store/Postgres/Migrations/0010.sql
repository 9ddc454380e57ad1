-- What an AuditEvent and the inference log say beyond what was kept: the search as it was asked, what kind of resource in which version, and which outcome.
ALTER TABLE audit ADD COLUMN query TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN result_type TEXT COLLATE "C";
ALTER TABLE audit ADD COLUMN result_version BIGINT;
ALTER TABLE audit ADD COLUMN outcome_sequence BIGINT;

-- Ids of audit rows begin with their time: periods are found by them, without a further index to write. Earlier rows get such ids too.
ALTER TABLE audit DISABLE TRIGGER audit_keeps_rows;
UPDATE audit SET id = lpad(to_hex(ended >> 16), 8, '0') || '-' || lpad(to_hex(ended & 65535), 4, '0') || '-7' || substr(id, 16) WHERE length(id) = 36 AND substr(id, 15, 1) <> '7';
ALTER TABLE audit ENABLE TRIGGER audit_keeps_rows;

-- Until when rows may be removed: 0 but within the transaction that removes what has expired. Nobody removes what is younger than six months (EU AI Act, Art. 26(6)).
CREATE TABLE retention ("only" BIGINT PRIMARY KEY CHECK ("only" = 1), until BIGINT NOT NULL);
INSERT INTO retention VALUES (1, 0);
CREATE FUNCTION audit_floor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.until > (extract(epoch FROM now())::bigint - 184 * 86400) * 1000 THEN RAISE EXCEPTION 'audit rows are kept for six months at least'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER retention_floor BEFORE UPDATE ON retention FOR EACH ROW EXECUTE FUNCTION audit_floor();
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
    IF OLD.ended < (SELECT until FROM retention) THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION 'audit rows are kept and not changed';
END $$;
