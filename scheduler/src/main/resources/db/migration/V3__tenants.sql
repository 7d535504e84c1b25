-- Whose a job is: tenants take turns.

alter table job add column tenant text not null default 'default';
alter table job alter column tenant drop default;
