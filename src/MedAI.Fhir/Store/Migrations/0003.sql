-- Cards that were sent: what feedback can be about.
CREATE TABLE card (
  uuid          TEXT    NOT NULL PRIMARY KEY,
  service       TEXT    NOT NULL,
  model_id      TEXT    NOT NULL,
  model_version TEXT    NOT NULL,
  result_id     TEXT,
  issued        INTEGER NOT NULL
) STRICT;

CREATE INDEX card_issued ON card (issued);

-- What clinicians did with them. The same feedback sent twice is one row; empty texts stand for absent ones, so that they compare equal.
CREATE TABLE feedback (
  sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
  card           TEXT    NOT NULL REFERENCES card (uuid),
  outcome        TEXT    NOT NULL,
  outcome_time   INTEGER NOT NULL,
  reason_system  TEXT    NOT NULL,
  reason_code    TEXT    NOT NULL,
  reason_display TEXT    NOT NULL,
  comment        TEXT    NOT NULL,
  suggestions    TEXT    NOT NULL,
  recorded       INTEGER NOT NULL,
  UNIQUE (card, outcome, outcome_time, reason_system, reason_code, comment, suggestions)
) STRICT;
