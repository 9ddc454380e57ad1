-- Audit rows are found by their ids, which begin with the time, and by patient. Whatever a commit need not write, no clinician waits for.
DROP INDEX audit_request;
