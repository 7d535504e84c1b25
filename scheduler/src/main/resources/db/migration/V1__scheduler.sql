-- The scheduler's own state: nobody else writes or reads it.

create table job (
    id          text primary key,
    request     jsonb       not null,
    state       text        not null,
    reason      text        not null,
    priority    integer     not null,
    created_at  timestamptz not null,
    state_since timestamptz not null,
    -- number of the last event told to the gateways
    seq         bigint      not null,
    -- one more with every change of the job or of one of its tasks
    version     bigint      not null,
    -- when a clock of the job may run out; null when it is over
    next_check  timestamptz
);

create index job_next_check on job (next_check) where next_check is not null;

create table task (
    job_id       text    not null references job (id) on delete cascade,
    task_id      text    not null,
    ordinal      integer not null,
    kind         text    not null,
    pool         text    not null,
    planned      jsonb   not null,
    status       text    not null,
    attempt      integer not null,
    failures     integer not null,
    losses       integer not null,
    -- the lease is (attempt, delivery, worker)
    delivery     integer not null,
    worker       text    not null,
    message      text    not null,
    not_before   timestamptz,
    queued_at    timestamptz,
    started_at   timestamptz,
    heartbeat_at timestamptz,
    millis       bigint  not null,
    output       jsonb,
    failure      jsonb,
    primary key (job_id, task_id)
);

create index task_open on task (pool, status) where status in ('READY', 'QUEUED', 'RUNNING');

-- Messages to publish, in the order of their ids within a job.
create table outbox (
    id         bigint generated always as identity primary key,
    topic      text        not null,
    record_key text        not null,
    headers    jsonb       not null,
    body       bytea       not null,
    created_at timestamptz not null default now()
);

-- Ids of messages whose effect is in the database.
create table inbox (
    event_id    text primary key,
    received_at timestamptz not null default now()
);

create index inbox_received on inbox (received_at);

create table worker (
    name         text primary key,
    role         text        not null,
    current_task text        not null,
    leaving      boolean     not null,
    -- since when it has had no task, null while it has one
    idle_since   timestamptz,
    last_seen    timestamptz not null
);
