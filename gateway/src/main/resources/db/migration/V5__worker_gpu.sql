-- What a worker computes on besides the processor; empty for most, and for workers of before.
alter table gateway.worker
    add column gpu text not null default '',
    add column driver text not null default '';
