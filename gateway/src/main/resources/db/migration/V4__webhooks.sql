-- What the submission asked to be told, [{uri, events}]; null where nothing.
ALTER TABLE job ADD COLUMN webhooks jsonb;

-- Retention looks for those that ended first.
CREATE INDEX job_ended ON job (finished_at) WHERE finished_at IS NOT NULL AND NOT deleted;

-- An event that somebody is to be told of; written with the event's projection, so each once.
CREATE TABLE webhook_delivery (
    id          bigserial PRIMARY KEY,
    job_id      varchar(64) NOT NULL REFERENCES job ON DELETE CASCADE,
    -- Number of the event within its job.
    seq         bigint      NOT NULL,
    -- Place of the webhook in the job's list.
    webhook     integer     NOT NULL,
    uri         text        NOT NULL,
    -- Host and port of the URI: a slow one holds up its own deliveries only.
    receiver    text        NOT NULL,
    event       varchar(64) NOT NULL,
    -- The same bytes in each attempt.
    body        text        NOT NULL,
    state       varchar(16) NOT NULL DEFAULT 'PENDING',
    -- Attempts begun. Whoever began the last one may say how it ended.
    attempts    integer     NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- When the next attempt is due; while one is under way, when it counts as lost.
    due_at      timestamptz NOT NULL DEFAULT now(),
    last_status integer,
    last_error  text,
    finished_at timestamptz,
    UNIQUE (job_id, seq, webhook)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE state = 'PENDING';
CREATE INDEX webhook_delivery_finished ON webhook_delivery (finished_at) WHERE finished_at IS NOT NULL;
