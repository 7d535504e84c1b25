-- The damping of the layers that are not solved yet: the request's, until a retry gives another.

alter table job add column damping double precision;
update job set damping = (request -> 'method' ->> 'damping')::double precision;
alter table job alter column damping set not null;
