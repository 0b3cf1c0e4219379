import type { Transaction, Work } from './driver.ts'
import { governGrants } from './grant-ends.ts'
import type { Govern } from './narrowing.ts'
import type { Record } from './recorded.ts'
import type { Describe, GroupsVerdict } from './store.ts'

// What an identity provider says of a person, and an operator beside it.

interface Groups {
  readonly id: string
  readonly provider: string | undefined
  readonly names: readonly string[]
  readonly describe: Describe<GroupsVerdict> | undefined
  readonly govern: Govern | undefined
  readonly expected?: readonly string[] | undefined
}

export function* setGroups(
  tx: Transaction,
  record: Record,
  { id, provider, names, describe, govern, expected }: Groups,
): Work<GroupsVerdict> {
  const row = yield* tx.lock('SELECT groups FROM users WHERE id = ?', id)
  const before: readonly string[] = JSON.parse(String(row?.groups ?? '[]'))
  const others = before.filter((group) => providerOf(group) !== provider)
  const said = names.map((name) => (provider === undefined ? name : `${provider}/${name}`))
  const after = [...new Set([...others, ...said])].sort()
  const isSame = after.join('\n') === before.join('\n')
  const mine = before.filter((group) => providerOf(group) === provider)
  const isStale = expected !== undefined && [...new Set(expected)].sort().join('\n') !== mine.join('\n')
  const verdict = row === undefined ? 'unknown' : isSame ? 'same' : isStale ? 'stale' : 'changed'
  if (verdict === 'changed') yield* tx.run('UPDATE users SET groups = ? WHERE id = ?', JSON.stringify(after), id)
  record(tx, describe?.(verdict))
  if (verdict === 'changed' && govern !== undefined) yield* governGrants(tx, record, id, after, govern)
  return verdict
}

interface Role {
  readonly id: string
  readonly provider: string
  readonly isOperator: boolean
  readonly describe: Describe<'changed'> | undefined
}

export function* setOperatorBy(
  tx: Transaction,
  record: Record,
  { id, provider, isOperator, describe }: Role,
): Work<'changed' | 'same' | 'unknown'> {
  const row = yield* tx.lock('SELECT operator, operator_by FROM users WHERE id = ?', id)
  const isGiven = row?.operator_by === provider
  const gives = isOperator && row?.operator === 0
  const takes = !isOperator && isGiven && row?.operator === 1
  const verdict = row === undefined ? 'unknown' : gives || takes ? 'changed' : 'same'
  if (verdict === 'changed') {
    const by = gives ? provider : ''
    yield* tx.run('UPDATE users SET operator = ?, operator_by = ? WHERE id = ?', gives ? 1 : 0, by, id)
  }
  record(tx, verdict === 'changed' ? describe?.(verdict) : undefined)
  return verdict
}

function providerOf(group: string): string | undefined {
  const slash = group.indexOf('/')
  return slash === -1 ? undefined : group.slice(0, slash)
}
