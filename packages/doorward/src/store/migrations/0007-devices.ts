// RFC 8628: who types a user code has to find the request again, so this one thing is written before anybody agrees. The key is a
// digest that only the server can make, what was asked is sealed, and the row lives ten minutes.
export const devices = `
CREATE TABLE devices (
  key TEXT PRIMARY KEY,
  sealed TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  answer TEXT,
  answered_by TEXT
) WITHOUT ROWID;
`
