import type { Driver, Row, Transaction } from './driver.ts'
import { toClient } from './rows.ts'
import type { RuleAdded, RuleVerbs, StoredRule } from './rule.ts'
import type { Record } from './sql.ts'
import { endExchanged } from './standing.ts'
import type { StoredClient } from './store.ts'

export function ruleVerbs(driver: Driver, record: Record): RuleVerbs {
  return {
    list: () => driver.read((tx) => tx.all('SELECT * FROM rules ORDER BY id').map(toRule)),
    add: (rule, ends, describe) =>
      driver.write((tx) => {
        const added = add(tx, rule, ends)
        record(tx, describe?.(added))
        return added
      }),
    remove: (id, describe) =>
      driver.write((tx) => {
        const row = tx.get('SELECT * FROM rules WHERE id = ?', id)
        const rule = row === undefined ? undefined : toRule(row)
        if (rule !== undefined) tx.run('DELETE FROM rules WHERE id = ?', id)
        record(tx, describe?.(rule))
        return rule
      }),
  }
}

function add(
  tx: Transaction,
  rule: StoredRule,
  { now, most, isMeant }: { now: number; most: number; isMeant: (client: StoredClient) => boolean },
): RuleAdded {
  if (Number(tx.get('SELECT count(*) AS n FROM rules')?.n) >= most) return { verdict: 'full' }
  const added = tx.run(
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
  let ended = 0
  for (const client of withGrants(tx)) {
    if (!isMeant(client)) continue
    ended += tx.run(
      "UPDATE grants SET revoked_at = ?, revoked_reason = 'rule_denies' WHERE client_id = ? AND revoked_at IS NULL",
      now,
      client.id,
    )
  }
  if (ended > 0) endExchanged(tx, now)
  return { verdict: 'added', ended }
}

/** Clients that have anything to end. Workloads and their like are no rows, and known by their id alone. */
function withGrants(tx: Transaction): readonly StoredClient[] {
  const rows = tx.all(
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
