-- A list of jobs counts the done layers of each: from this index alone, whatever else is in the
-- table, and without reading their reports.
CREATE INDEX layer_done ON layer (job_id, finished_at) WHERE state = 'SUCCEEDED';
