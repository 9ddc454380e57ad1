-- Whom a card was sent to: feedback on it is taken from no other client. Null where nobody was asked who calls, and for cards of before.
ALTER TABLE card ADD COLUMN tenant TEXT;
