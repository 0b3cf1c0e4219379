// Ids that become keys are time-ordered or content-addressed; no index stands on a column that a hot verb changes. On SQLite a table without
// rowid keeps its rows in the order of the key, which is where time-ordered ones come anyway. Clients come anywhere: they stand in the order
// in which they came, so that those who register together share pages, and only their ids are sorted.
export const start = `
CREATE TABLE clients (
  id TEXT NOT NULL PRIMARY KEY,
  assurance TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  secrets_not_before INTEGER NOT NULL,
  blocked_at INTEGER
);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL,
  operator INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  wait_until INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE sessions (
  digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  scope TEXT NOT NULL,
  generation INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  code_expires_at INTEGER NOT NULL,
  rotated_at INTEGER,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT
) WITHOUT ROWID;
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_client ON grants (client_id);

CREATE TABLE keys (
  kid TEXT PRIMARY KEY,
  alg TEXT NOT NULL,
  sealed_private_key TEXT NOT NULL,
  public_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  correlation TEXT,
  actor TEXT,
  client TEXT,
  resource TEXT,
  grant_id TEXT,
  network TEXT,
  detail TEXT
);
`
