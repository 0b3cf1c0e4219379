import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { NotedEvent, Row, Statement, Value } from './driver.ts'
import type {
  Authentication,
  FoundGrant,
  GrantEvidence,
  GrantedDetail,
  StandingKind,
  StoredClient,
  StoredEvent,
  StoredGrant,
  StoredIdentity,
  StoredInvite,
  StoredKey,
  StoredPasskey,
  StoredSession,
  StoredUser,
  Surroundings,
} from './store.ts'

const LONGEST_TEXT = 400
const MOST_DETAILS = 12

export function toClient(row: Row): StoredClient {
  return {
    id: text(row.id),
    assurance: text(row.assurance) as StoredClient['assurance'],
    metadata: JSON.parse(text(row.metadata)) as Record<string, unknown>,
    createdAt: number(row.created_at),
    usedAt: optionalNumber(row.used_at),
    secretsNotBefore: number(row.secrets_not_before),
    blockedAt: optionalNumber(row.blocked_at),
    owner: optionalText(row.owner),
    vouchedBy: optionalText(row.vouched_by),
    askedAt: optionalNumber(row.asked_at),
    askedBy: optionalText(row.asked_by),
    approvedAt: optionalNumber(row.approved_at),
    approvedBy: optionalText(row.approved_by),
    fetchedAt: optionalNumber(row.fetched_at),
    freshUntil: optionalNumber(row.fresh_until),
    goneAt: optionalNumber(row.gone_at),
  }
}

export function toGrant(row: Row): StoredGrant {
  return {
    ...judgedMembers(row),
    openedAt: number(row.opened_at),
    revokedReason: optionalText(row.revoked_reason),
    parent: row.parent === '' ? undefined : text(row.parent),
    network: optionalText(row.network),
    usedNetwork: optionalText(row.used_network),
  }
}

/** Those that a token is judged by. */
function judgedMembers(row: Row): Omit<GrantEvidence, keyof Surroundings> {
  return {
    id: text(row.id),
    userId: text(row.user_id),
    clientId: text(row.client_id),
    resource: text(row.resource),
    scope: text(row.scope),
    generation: number(row.generation),
    codeExpiresAt: number(row.code_expires_at),
    rotatedAt: optionalNumber(row.rotated_at),
    expiresAt: number(row.expires_at),
    revokedAt: optionalNumber(row.revoked_at),
    senderKey: optionalText(row.sender_key),
    authorizationDetails: optionalJson<GrantedDetail[]>(row.authorization_details),
    authentication: optionalJson<Authentication>(row.authentication),
    kind: row.kind === '' ? undefined : (text(row.kind) as StandingKind),
    endsAt: optionalNumber(row.ends_at),
    narrowedAt: optionalNumber(row.narrowed_at),
    usedAt: optionalNumber(row.used_at),
  }
}

/** Instead of the groups of somebody who is disabled. */
const DISABLED = 'disabled'
const NOBODY: readonly string[] = []

/** Of a row of `grants`; by subqueries, so that locking the row locks nothing else. */
export const SURROUNDINGS = `
  (SELECT CASE WHEN disabled_at IS NULL THEN groups ELSE '${DISABLED}' END FROM users WHERE users.id = user_id) AS account,
  (SELECT blocked_at FROM clients WHERE clients.id = client_id) AS client_blocked_at`

export function toFound(row: Row): FoundGrant {
  return { ...toGrant(row), ...surroundings(row) }
}

export const EVIDENCE = `SELECT id, user_id, client_id, resource, scope, generation, code_expires_at, rotated_at, expires_at, revoked_at,
  sender_key, authorization_details, authentication, kind, ends_at, narrowed_at, used_at, ${SURROUNDINGS} FROM grants WHERE id = ?`

export function toEvidence(row: Row): GrantEvidence {
  return { ...judgedMembers(row), ...surroundings(row) }
}

function surroundings({ account, kind, client_blocked_at }: Row): Surroundings {
  return {
    // Programs that act for themselves are in no table of people.
    userDisabled: account === DISABLED || (account === null && kind === ''),
    clientBlocked: client_blocked_at !== null,
    groups: account === null || account === DISABLED || account === '[]' ? NOBODY : JSON.parse(text(account)),
  }
}

export function toUser(row: Row): StoredUser {
  return toUserSince(row, row.created_at)
}

/** Beside a session, which has a `created_at` of its own. Apart from `toUser`, which maps lists: their index is no time. */
export function toUserSince(row: Row, createdAt: unknown): StoredUser {
  return {
    id: text(row.id),
    email: text(row.email),
    password: text(row.password),
    operator: row.operator === 1,
    groups: JSON.parse(text(row.groups)),
    createdAt: number(createdAt),
    disabledAt: optionalNumber(row.disabled_at),
  }
}

export function toSession(row: Row): StoredSession {
  return {
    digest: text(row.digest),
    userId: text(row.user_id),
    createdAt: number(row.created_at),
    expiresAt: number(row.expires_at),
    authentication: {
      at: number(row.authenticated_at),
      method: text(row.method),
      amr: words(row.amr),
    },
    network: text(row.network),
    browser: text(row.browser),
    usedAt: number(row.used_at),
  }
}

export function toIdentity(row: Row): StoredIdentity {
  return {
    provider: text(row.provider),
    subject: text(row.subject),
    userId: text(row.user_id),
    label: text(row.label),
    createdAt: number(row.created_at),
    usedAt: number(row.used_at),
  }
}

export function toPasskey(row: Row): StoredPasskey {
  return {
    id: text(row.id),
    userId: text(row.user_id),
    publicKey: text(row.public_key),
    counter: number(row.counter),
    transports: words(row.transports),
    isSynced: row.synced === 1,
    name: text(row.name),
    createdAt: number(row.created_at),
    usedAt: optionalNumber(row.used_at),
  }
}

export function toInvite(row: Row): StoredInvite {
  return {
    id: text(row.id),
    note: text(row.note),
    uses: number(row.uses),
    mostUses: number(row.most_uses),
    redirectHosts: JSON.parse(text(row.redirect_hosts)) as string[],
    scopes: words(row.scopes),
    createdAt: number(row.created_at),
    expiresAt: number(row.expires_at),
    revokedAt: optionalNumber(row.revoked_at),
  }
}

export function toKey(row: Row): StoredKey {
  return {
    kid: text(row.kid),
    alg: text(row.alg),
    sealedPrivateKey: text(row.sealed_private_key),
    publicJwk: JSON.parse(text(row.public_jwk)) as Record<string, unknown>,
    createdAt: number(row.created_at),
  }
}

export function toEvent(row: Row): StoredEvent {
  return {
    id: number(row.id),
    at: number(row.at),
    type: text(row.type) as StoredEvent['type'],
    outcome: text(row.outcome) as StoredEvent['outcome'],
    reason: text(row.reason),
    correlation: optionalText(row.correlation),
    actor: optionalText(row.actor),
    client: optionalText(row.client),
    resource: optionalText(row.resource),
    grant: optionalText(row.grant_id),
    network: optionalText(row.network),
    detail: row.detail === null ? undefined : (JSON.parse(text(row.detail)) as StoredEvent['detail']),
  }
}

/** So many in one statement: each statement is a way to the database and back. */
const EVENTS_TOGETHER = 50
const EVENT = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
const INSERT_EVENT = `INSERT INTO events (at, type, outcome, reason, correlation, actor, client, resource, grant_id, network, detail)
       VALUES ${EVENT}`

/** What writes events. Text from outside is cut and made plain. */
export function eventStatements(events: readonly NotedEvent[]): Pick<Statement, 'sql' | 'values'>[] {
  const statements = []
  for (let from = 0; from < events.length; from += EVENTS_TOGETHER) {
    const some = events.slice(from, from + EVENTS_TOGETHER)
    statements.push({ sql: INSERT_EVENT + `, ${EVENT}`.repeat(some.length - 1), values: some.flatMap(valuesOf) })
  }
  return statements
}

function valuesOf(event: NotedEvent): Value[] {
  return [
    event.at,
    event.type,
    event.outcome,
    event.reason,
    bounded(event.correlation),
    bounded(event.actor),
    bounded(event.client),
    bounded(event.resource),
    bounded(event.grant),
    bounded(event.network),
    event.detail === undefined ? null : details(event.detail),
  ]
}

function details(detail: NonNullable<AuditEvent['detail']>): string {
  const entries = Object.entries(detail).slice(0, MOST_DETAILS)
  return JSON.stringify(Object.fromEntries(entries.map(([k, v]) => [k, typeof v === 'string' ? bounded(v) : v])))
}

// Control characters, bidirectional controls and line separators could rewrite a terminal or a log line.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function bounded(value: string | undefined): Value {
  if (value === undefined) return null
  return value.slice(0, LONGEST_TEXT).replace(UNPRINTABLE, '?')
}

const text = (value: unknown): string => value as string
const number = (value: unknown): number => Number(value)
const optionalNumber = (value: unknown): number | undefined => (value === null ? undefined : Number(value))
const optionalJson = <T>(value: unknown): T | undefined =>
  value === null ? undefined : (JSON.parse(value as string) as T)
const optionalText = (value: unknown): string | undefined => (value === null ? undefined : (value as string))

/** A list that is kept as words with spaces between them. */
function words(value: unknown): string[] {
  return text(value)
    .split(' ')
    .filter((word) => word !== '')
}
