-- A job whose end is to be logged to MLflow; written with the projection of the end, so that none is
-- forgotten. A job that is retried ends again, and is due again.
CREATE TABLE mlflow_export (
    job_id     varchar(64) PRIMARY KEY REFERENCES job ON DELETE CASCADE,
    -- Number of the event that ended the job.
    seq        bigint      NOT NULL,
    state      varchar(16) NOT NULL DEFAULT 'PENDING',
    -- Attempts begun. Whoever began the last one may say how it ended.
    attempts   integer     NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- When the next attempt is due; while one is under way, when it counts as lost.
    due_at     timestamptz NOT NULL DEFAULT now(),
    last_error text
);
CREATE INDEX mlflow_export_due ON mlflow_export (due_at) WHERE state = 'PENDING';
