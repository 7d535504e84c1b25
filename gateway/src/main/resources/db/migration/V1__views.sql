-- What the API shows of a job; written at submission, then projected from the scheduler's events.
CREATE TABLE job (
    id                 varchar(64) PRIMARY KEY,
    created_at         timestamptz NOT NULL DEFAULT now(),
    state              varchar(16) NOT NULL,
    state_reason       text        NOT NULL,
    started_at         timestamptz,
    run_started_at     timestamptz,
    finished_at        timestamptz,
    layers_total       integer     NOT NULL,
    model_uri          text        NOT NULL,
    model_name         text        NOT NULL,
    output_uri         text        NOT NULL,
    labels             jsonb       NOT NULL,
    request            jsonb       NOT NULL,
    result             jsonb,
    error              jsonb,
    -- Number of the last projected event; those up to it are repetitions.
    last_seq           bigint      NOT NULL DEFAULT 0,
    -- Grows with every change of the view: the ETag.
    version            bigint      NOT NULL DEFAULT 1,
    -- A retry that was accepted and whose run has not ended yet.
    retry_requested_at timestamptz,
    deleted            boolean     NOT NULL DEFAULT false
);
CREATE INDEX job_newest ON job (created_at DESC, id DESC) WHERE NOT deleted;
CREATE INDEX job_labels ON job USING gin (labels jsonb_path_ops);
CREATE INDEX job_output ON job (output_uri);

-- The linears that a job prunes, in the plan's order.
CREATE TABLE layer (
    job_id      varchar(64) NOT NULL REFERENCES job ON DELETE CASCADE,
    name        text        NOT NULL,
    position    integer     NOT NULL,
    block       integer     NOT NULL,
    state       varchar(16) NOT NULL,
    attempt     integer     NOT NULL,
    worker      text        NOT NULL,
    report      jsonb,
    finished_at timestamptz,
    PRIMARY KEY (job_id, name)
);
CREATE INDEX layer_order ON layer (job_id, position);

CREATE TABLE evaluation (
    job_id      varchar(64) NOT NULL REFERENCES job ON DELETE CASCADE,
    variant     varchar(16) NOT NULL,
    task        varchar(64) NOT NULL,
    suite       varchar(16) NOT NULL,
    position    integer     NOT NULL,
    metrics     jsonb       NOT NULL,
    items       bigint      NOT NULL,
    slices_done integer     NOT NULL,
    slices      integer     NOT NULL,
    PRIMARY KEY (job_id, variant, task)
);

-- Everything that happened, for the streams. Rows are inserted under a lock until commit, so a
-- reader that has seen an id has seen all smaller ones.
CREATE TABLE event (
    id     bigserial PRIMARY KEY,
    job_id varchar(64) NOT NULL,
    seq    bigint      NOT NULL,
    type   varchar(64) NOT NULL,
    at     timestamptz NOT NULL,
    data   jsonb       NOT NULL,
    UNIQUE (job_id, seq)
);

CREATE TABLE worker (
    name           text PRIMARY KEY,
    role           text        NOT NULL,
    version        text        NOT NULL,
    device         text        NOT NULL,
    memory_bytes   bigint      NOT NULL,
    current_task   text        NOT NULL,
    started_at     timestamptz NOT NULL,
    last_heartbeat timestamptz NOT NULL,
    leaving        boolean     NOT NULL
);

-- Messages to publish, in order of id.
CREATE TABLE outbox (
    id      bigserial PRIMARY KEY,
    key     text  NOT NULL,
    headers jsonb NOT NULL,
    value   bytea NOT NULL
);

-- Ids of the messages that were processed.
CREATE TABLE inbox (
    event_id    text PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_age ON inbox (received_at);

-- First answers of submissions with an Idempotency-Key.
CREATE TABLE idempotency (
    key         text PRIMARY KEY,
    body_sha256 char(64)    NOT NULL,
    job_id      varchar(64) NOT NULL,
    answer      text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
