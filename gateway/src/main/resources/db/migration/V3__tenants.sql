-- Whose a job is, and with it its events and the keys of its submission. What was there before is
-- the tenant's that gateways without authentication have.
ALTER TABLE job ADD COLUMN tenant varchar(63) NOT NULL DEFAULT 'default';
ALTER TABLE job ALTER COLUMN tenant DROP DEFAULT;
DROP INDEX job_newest;
CREATE INDEX job_newest ON job (tenant, created_at DESC, id DESC) WHERE NOT deleted;

ALTER TABLE event ADD COLUMN tenant varchar(63) NOT NULL DEFAULT 'default';
ALTER TABLE event ALTER COLUMN tenant DROP DEFAULT;
CREATE INDEX event_tenant ON event (tenant, id);

ALTER TABLE idempotency ADD COLUMN tenant varchar(63) NOT NULL DEFAULT 'default';
ALTER TABLE idempotency ALTER COLUMN tenant DROP DEFAULT;
ALTER TABLE idempotency DROP CONSTRAINT idempotency_pkey;
ALTER TABLE idempotency ADD PRIMARY KEY (tenant, key);

-- Of a key only the digest of its secret is here.
CREATE TABLE api_key (
    id           varchar(16)  PRIMARY KEY,
    tenant       varchar(63)  NOT NULL,
    name         varchar(128) NOT NULL,
    scopes       text         NOT NULL,
    sha256       bytea        NOT NULL,
    created_at   timestamptz  NOT NULL,
    expires_at   timestamptz  NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX api_key_tenant ON api_key (tenant, created_at);
