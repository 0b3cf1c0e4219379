// Who vouches for a client and what an operator said of it; attempts at a password are counted by a digest of the address,
// so that an address that belongs to nobody counts like any other.
export const registration = `
ALTER TABLE clients ADD COLUMN owner TEXT;
ALTER TABLE clients ADD COLUMN vouched_by TEXT;
ALTER TABLE clients ADD COLUMN asked_at INTEGER;
ALTER TABLE clients ADD COLUMN asked_by TEXT;
ALTER TABLE clients ADD COLUMN approved_at INTEGER;
ALTER TABLE clients ADD COLUMN approved_by TEXT;
ALTER TABLE clients ADD COLUMN fetched_at INTEGER;
ALTER TABLE clients ADD COLUMN fresh_until INTEGER;
ALTER TABLE clients ADD COLUMN gone_at INTEGER;

ALTER TABLE users DROP COLUMN failures;
ALTER TABLE users DROP COLUMN wait_until;

CREATE TABLE attempts (
  key TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  wait_until INTEGER NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE invites (
  id TEXT PRIMARY KEY,
  note TEXT NOT NULL,
  uses INTEGER NOT NULL,
  most_uses INTEGER NOT NULL,
  redirect_hosts TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) WITHOUT ROWID;

CREATE TABLE claims (
  key TEXT PRIMARY KEY,
  mark TEXT NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX claims_by_end ON claims (until);

CREATE TABLE upstreams (
  resource TEXT PRIMARY KEY,
  address TEXT NOT NULL
) WITHOUT ROWID;
`
