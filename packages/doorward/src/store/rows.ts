import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Row, Transaction, Value, Work } from './driver.ts'
import type {
  Authentication,
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
    id: text(row.id),
    userId: text(row.user_id),
    clientId: text(row.client_id),
    resource: text(row.resource),
    scope: text(row.scope),
    generation: number(row.generation),
    openedAt: number(row.opened_at),
    codeExpiresAt: number(row.code_expires_at),
    rotatedAt: optionalNumber(row.rotated_at),
    expiresAt: number(row.expires_at),
    revokedAt: optionalNumber(row.revoked_at),
    revokedReason: optionalText(row.revoked_reason),
    senderKey: optionalText(row.sender_key),
    ...(row.authorization_details === null
      ? {}
      : { authorizationDetails: JSON.parse(text(row.authorization_details)) as GrantedDetail[] }),
    ...(row.authentication === null ? {} : { authentication: JSON.parse(text(row.authentication)) as Authentication }),
    ...(row.kind === '' ? {} : { kind: text(row.kind) as StandingKind }),
    ...(row.parent === '' ? {} : { parent: text(row.parent) }),
    endsAt: optionalNumber(row.ends_at),
    narrowedAt: optionalNumber(row.narrowed_at),
    network: optionalText(row.network),
    usedAt: optionalNumber(row.used_at),
    usedNetwork: optionalText(row.used_network),
  }
}

export type GrantState = Pick<
  StoredGrant,
  'generation' | 'codeExpiresAt' | 'rotatedAt' | 'expiresAt' | 'revokedAt' | 'narrowedAt'
>

export function toGrantState(row: Row): GrantState {
  return {
    generation: number(row.generation),
    codeExpiresAt: number(row.code_expires_at),
    rotatedAt: optionalNumber(row.rotated_at),
    expiresAt: number(row.expires_at),
    revokedAt: optionalNumber(row.revoked_at),
    narrowedAt: optionalNumber(row.narrowed_at),
  }
}

export function toEvidence(row: Row): GrantEvidence {
  return {
    ...toGrant(row),
    userDisabled: row.user_disabled === 1,
    clientBlocked: row.client_blocked === 1,
    groups: row.user_groups === null || row.user_groups === '[]' ? NONE : JSON.parse(text(row.user_groups)),
  }
}

const NONE: readonly string[] = []

export function toUser(row: Row): StoredUser {
  return {
    id: text(row.id),
    email: text(row.email),
    password: text(row.password),
    operator: row.operator === 1,
    groups: JSON.parse(text(row.groups)),
    createdAt: number(row.created_at),
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

/** Writes one event inside the transaction of the change that it records. Text from outside is cut and made plain. */
export function insertEvent(tx: Transaction, at: number, event: AuditEvent): Work<void> {
  return insertEvents(tx, [{ ...event, at }])
}

/** So many in one statement: each statement is a way to the database and back. */
const EVENTS_TOGETHER = 50
const EVENT = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

export function* insertEvents(tx: Transaction, events: readonly (AuditEvent & { readonly at: number })[]): Work<void> {
  for (let from = 0; from < events.length; from += EVENTS_TOGETHER) {
    const some = events.slice(from, from + EVENTS_TOGETHER)
    yield* tx.run(
      `INSERT INTO events (at, type, outcome, reason, correlation, actor, client, resource, grant_id, network, detail)
       VALUES ${some.map(() => EVENT).join(', ')}`,
      ...some.flatMap(valuesOf),
    )
  }
}

function valuesOf({ at, detail, ...event }: AuditEvent & { readonly at: number }): Value[] {
  return [
    at,
    event.type,
    event.outcome,
    event.reason,
    bounded(event.correlation),
    bounded(event.actor),
    bounded(event.client),
    bounded(event.resource),
    bounded(event.grant),
    bounded(event.network),
    detail === undefined ? null : details(detail),
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
const optionalText = (value: unknown): string | undefined => (value === null ? undefined : (value as string))

/** A list that is kept as words with spaces between them. */
function words(value: unknown): string[] {
  return text(value)
    .split(' ')
    .filter((word) => word !== '')
}
