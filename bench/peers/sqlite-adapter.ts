// What oidc-provider asks of an adapter, on SQLite with the durability of Doorward: WAL, synchronous=FULL, and what is written in
// one turn of the loop shares a commit. Written for the benchmark, since it has none of its own for SQL.
import { DatabaseSync } from 'node:sqlite'

export function sqliteAdapter(path) {
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS models (key TEXT PRIMARY KEY, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT,
      consumed INTEGER, expires_at INTEGER);
    CREATE INDEX IF NOT EXISTS models_by_grant ON models (grant_id) WHERE grant_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS models_by_uid ON models (uid) WHERE uid IS NOT NULL;`)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const put = database.prepare(
    `INSERT INTO models (key, payload, grant_id, uid, user_code, expires_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
  )
  const byKey = database.prepare(
    'SELECT payload, consumed FROM models WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)',
  )
  const byUid = database.prepare('SELECT payload, consumed FROM models WHERE uid = ? AND key LIKE ?')
  const consume = database.prepare('UPDATE models SET consumed = ? WHERE key = ?')
  const remove = database.prepare('DELETE FROM models WHERE key = ?')
  const revoke = database.prepare('DELETE FROM models WHERE grant_id = ?')
  const now = () => Math.floor(Date.now() / 1000)

  let waiting = []
  function flush() {
    const batch = waiting
    waiting = []
    begin.run()
    for (const { statement, values } of batch) statement.run(...values)
    commit.run()
    for (const { done } of batch) done()
  }
  const durable = (statement, ...values) =>
    new Promise((done) => {
      if (waiting.push({ statement, values, done }) === 1) setImmediate(flush)
    })
  const found = (row) =>
    row && { ...JSON.parse(row.payload), ...(row.consumed === null ? {} : { consumed: row.consumed }) }

  return class {
    constructor(name) {
      this.name = name
    }
    upsert(id, payload, expiresIn) {
      const { grantId = null, uid = null, userCode = null } = payload
      const end = expiresIn === undefined ? null : now() + expiresIn
      return durable(put, `${this.name}:${id}`, JSON.stringify(payload), grantId, uid, userCode, end)
    }
    async find(id) {
      return found(byKey.get(`${this.name}:${id}`, now()))
    }
    async findByUid(uid) {
      return found(byUid.get(uid, `${this.name}:%`))
    }
    async findByUserCode() {
      return undefined
    }
    consume(id) {
      return durable(consume, now(), `${this.name}:${id}`)
    }
    destroy(id) {
      return durable(remove, `${this.name}:${id}`)
    }
    revokeByGrantId(grantId) {
      return durable(revoke, grantId)
    }
  }
}
