-- Artifacts that are to be removed, because nothing reads them any more.

create table removal (
    id bigint generated always as identity primary key,
    -- all of the store at or below this key,
    prefix text not null,
    -- or only what the attempts up to this one of the task of that prefix have stored
    attempt integer,
    due timestamptz not null default now()
);
