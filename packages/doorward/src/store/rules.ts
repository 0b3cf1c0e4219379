import type { Driver, Row, Transaction, Work } from './driver.ts'
import type { Record } from './recorded.ts'
import { toClient } from './rows.ts'
import type { RuleAdded, RuleVerbs, StoredRule } from './rule.ts'
import { endExchanged } from './standing.ts'
import type { StoredClient } from './store.ts'

export function ruleVerbs(driver: Driver, record: Record): RuleVerbs {
  return {
    list: () =>
      driver.read(function* (tx) {
        return (yield* tx.all('SELECT * FROM rules ORDER BY id')).map(toRule)
      }),
    add: (rule, ends, describe) =>
      driver.write(function* (tx) {
        const added = yield* add(tx, rule, ends)
        record(tx, describe?.(added))
        return added
      }),
    remove: (id, describe) =>
      driver.write(function* (tx) {
        const row = yield* tx.lock('SELECT * FROM rules WHERE id = ?', id)
        const rule = row === undefined ? undefined : toRule(row)
        if (rule !== undefined) yield* tx.run('DELETE FROM rules WHERE id = ?', id)
        tx.tell({ of: 'rules' })
        record(tx, describe?.(rule))
        return rule
      }),
  }
}

function* add(
  tx: Transaction,
  rule: StoredRule,
  { now, most, isMeant }: { now: number; most: number; isMeant: (client: StoredClient) => boolean },
): Work<RuleAdded> {
  if (Number((yield* tx.get('SELECT count(*) AS n FROM rules'))?.n) >= most) return { verdict: 'full' }
  const added = yield* tx.run(
    `INSERT INTO rules (id, effect, kind, value, note, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    rule.id,
    rule.effect,
    rule.kind,
    rule.value,
    rule.note,
    rule.createdAt,
    rule.createdBy,
  )
  if (added === 0) return { verdict: 'known' }
  tx.tell({ of: 'rules' })
  let ended = 0
  for (const client of yield* withGrants(tx)) {
    if (!isMeant(client)) continue
    ended += yield* tx.run(
      "UPDATE grants SET revoked_at = ?, revoked_reason = 'rule_denies' WHERE client_id = ? AND revoked_at IS NULL",
      now,
      client.id,
    )
  }
  if (ended > 0) {
    tx.tell({ of: 'grants' })
    yield* endExchanged(tx, now)
  }
  return { verdict: 'added', ended }
}

/** Clients that have anything to end. Workloads and their like are no rows, and known by their id alone. */
function* withGrants(tx: Transaction): Work<readonly StoredClient[]> {
  const rows = yield* tx.all(
    `SELECT c.*, g.client_id AS granted_to FROM (SELECT DISTINCT client_id FROM grants WHERE revoked_at IS NULL) AS g
     LEFT JOIN clients c ON c.id = g.client_id`,
  )
  return rows.map((row) =>
    row.id === null
      ? { id: String(row.granted_to), assurance: 'operator', metadata: {}, createdAt: 0, secretsNotBefore: 0 }
      : toClient(row),
  )
}

function toRule(row: Row): StoredRule {
  return {
    id: String(row.id),
    effect: row.effect === 'allow' ? 'allow' : 'deny',
    kind: String(row.kind),
    value: String(row.value),
    note: String(row.note),
    createdAt: Number(row.created_at),
    createdBy: String(row.created_by),
  }
}
