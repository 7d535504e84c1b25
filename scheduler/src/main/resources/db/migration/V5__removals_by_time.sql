-- Most removals are of a job's artifacts once more, and wait for their time.

create index removal_due on removal (due);
