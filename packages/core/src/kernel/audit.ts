/** Everything that is decided, by name. A new kind of decision is a new line here. */
export const EVENT_TYPES = [
  'client.registered',
  'client.recognised',
  'client.refused',
  'client.asked',
  'client.approved',
  'client.changed',
  'client.gone',
  'client.expired',
  'client.suspicious',
  'document.fetched',
  'document.stale',
  'document.refused',
  'invite.created',
  'invite.revoked',
  'policy.refused',
  'client.added',
  'client.blocked',
  'client.unblocked',
  'client.removed',
  'client.secret.added',
  'client.secrets.ended',
  'client.authentication.refused',
  'authorization.pushed',
  'device.requested',
  'device.refused',
  'device.code.entered',
  'device.code.refused',
  'key.added',
  'key.removed',
  'authorization.requested',
  'authorization.refused',
  'consent.given',
  'consent.denied',
  'sign-in.succeeded',
  'sign-in.refused',
  'sign-out',
  'session.chosen',
  'session.ended',
  'identity.linked',
  'identity.unlinked',
  'passkey.added',
  'passkey.removed',
  'password.changed',
  'user.groups.changed',
  'user.role.changed',
  'user.added',
  'user.disabled',
  'user.enabled',
  'rule.added',
  'rule.removed',
  'token.issued',
  'token.refreshed',
  'token.repeated',
  'token.refused',
  'token.reused',
  'grant.revoked',
  'grant.narrowed',
  'revocation.refused',
  'introspection.refused',
  'metadata.read',
  'access.allowed',
  'access.refused',
  'upstream.failed',
  'request.refused',
  'server.started',
  'database.moved',
  'database.restored',
  'host.differs',
  'server.failed',
  'events.dropped',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** What strangers cannot cause by asking. These are kept apart, so that no storm of requests washes them away. */
export const LASTING_EVENTS: readonly EventType[] = [
  'client.asked',
  'client.approved',
  'client.changed',
  'client.gone',
  'client.added',
  'client.blocked',
  'client.unblocked',
  'client.removed',
  'client.secret.added',
  'client.secrets.ended',
  'invite.created',
  'invite.revoked',
  'key.added',
  'key.removed',
  'consent.given',
  'consent.denied',
  'sign-in.succeeded',
  'sign-out',
  'session.ended',
  'identity.linked',
  'identity.unlinked',
  'passkey.added',
  'passkey.removed',
  'password.changed',
  'user.groups.changed',
  'user.role.changed',
  'user.added',
  'user.disabled',
  'user.enabled',
  'rule.added',
  'rule.removed',
  'token.issued',
  'token.reused',
  'grant.revoked',
  'grant.narrowed',
  'server.started',
  'database.moved',
  'database.restored',
]

/**
 * One decision. Token material never enters it; `detail` is bounded and escaped by the store.
 * `reason` is a stable machine word that says why; `correlation` is the id that the person sees on an
 * error page and the client in `error_description`.
 */
export interface AuditEvent {
  readonly type: EventType
  readonly outcome: 'allowed' | 'refused'
  readonly reason: string
  readonly correlation?: string | undefined
  readonly actor?: string | undefined
  readonly client?: string | undefined
  readonly resource?: string | undefined
  readonly grant?: string | undefined
  /** The caller's network prefix (IPv4 /24, IPv6 /48), never a whole address. */
  readonly network?: string | undefined
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined
}
