-- What a search is answered from: the current version of each resource that is not deleted, and the values that it is found by.
-- Numbers of entries grow as resources come in for the first time: newest first is by number, and a page that was read stays where it was.
CREATE TABLE search_entry (
  entry        INTEGER PRIMARY KEY,
  type         TEXT    NOT NULL,
  id           TEXT    NOT NULL,
  version      INTEGER NOT NULL,
  last_updated INTEGER NOT NULL,
  tenant       TEXT,
  patient      TEXT,
  UNIQUE (type, id)
) STRICT;

CREATE INDEX search_entry_type ON search_entry (type, entry);
CREATE INDEX search_entry_updated ON search_entry (type, last_updated);

CREATE TABLE search_token (
  entry     INTEGER NOT NULL,
  parameter TEXT    NOT NULL,
  code      TEXT    NOT NULL,
  system    TEXT    NOT NULL,
  PRIMARY KEY (entry, parameter, code, system)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_token_value ON search_token (parameter, code, system, entry);

CREATE TABLE search_reference (
  entry     INTEGER NOT NULL,
  parameter TEXT    NOT NULL,
  target    TEXT    NOT NULL,
  version   TEXT    NOT NULL,
  PRIMARY KEY (entry, parameter, target, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_reference_value ON search_reference (parameter, target, version, entry);

-- Milliseconds since 1970 UTC: the first, and the first after.
CREATE TABLE search_date (
  entry     INTEGER NOT NULL,
  parameter TEXT    NOT NULL,
  low       INTEGER NOT NULL,
  high      INTEGER NOT NULL,
  PRIMARY KEY (entry, parameter, low, high)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_date_value ON search_date (parameter, low, high, entry);

CREATE TABLE search_number (
  entry     INTEGER NOT NULL,
  parameter TEXT    NOT NULL,
  value     REAL    NOT NULL,
  PRIMARY KEY (entry, parameter, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_number_value ON search_number (parameter, value, entry);

CREATE TABLE search_text (
  entry     INTEGER NOT NULL,
  parameter TEXT    NOT NULL,
  folded    TEXT    NOT NULL,
  exact     TEXT    NOT NULL,
  PRIMARY KEY (entry, parameter, folded, exact)
) STRICT, WITHOUT ROWID;

CREATE INDEX search_text_value ON search_text (parameter, folded, exact, entry);

-- By which list of parameters the index was built; a server with another list builds it anew at its start.
CREATE TABLE search_built (only INTEGER PRIMARY KEY CHECK (only = 1), parameters TEXT NOT NULL) STRICT;
INSERT INTO search_built VALUES (1, '');

-- Reports are found by their status in the index now.
DROP INDEX resource_report_status;
