-- Which server runs a job, and until when it need say nothing: where several share a database each job is run by one, and by another one when that is over.
ALTER TABLE job ADD COLUMN holder TEXT;
ALTER TABLE job ADD COLUMN held_until INTEGER;
