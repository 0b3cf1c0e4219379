// Whom operators admit or refuse whatever else is said: few rows, and read with every decision.
export const rules = `
CREATE TABLE rules (
  id TEXT PRIMARY KEY,
  effect TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  UNIQUE (effect, kind, value)
) WITHOUT ROWID;
`
