import type { AuditEvent, EventType } from '@doorward/core/kernel/audit'
import type { Numbers } from './numbers.ts'

const GRANTS: Partial<Record<EventType, string>> = {
  'token.issued': 'issued',
  'token.refreshed': 'rotated',
  'token.repeated': 'repeated',
  'token.reused': 'reused',
  'grant.revoked': 'revoked',
  'grant.narrowed': 'narrowed',
}
const CONSENTS: Partial<Record<EventType, string>> = { 'consent.given': 'given', 'consent.denied': 'denied' }
const REGISTRATIONS: Partial<Record<EventType, string>> = { 'client.registered': 'new', 'client.refused': 'refused' }
const CALLS: Partial<Record<EventType, string>> = {
  'access.allowed': 'allowed',
  'access.refused': 'refused',
  'upstream.failed': 'failed',
}
/** Of sign-ins: they were not looked at, because of those before them. */
const LOCKED = ['locked_out', 'network_busy']

/** What one event adds to the numbers. */
export function count(numbers: Numbers, { type, outcome, reason, resource, detail }: AuditEvent): void {
  const grant = GRANTS[type]
  if (grant !== undefined) numbers.grants.add([grant])
  const answer = CONSENTS[type]
  if (answer !== undefined) numbers.consents.add([answer])
  // The operator's policy has an event of its own, whatever it was that it refused.
  const asked = type === 'policy.refused' ? detail?.of : type
  const registration = REGISTRATIONS[asked as EventType]
  if (registration !== undefined) numbers.registrations.add([registration])
  const call = CALLS[type]
  if (call !== undefined) numbers.calls.add([resource ?? '', call])
  if (type === 'sign-in.succeeded') numbers.signIns.add(['succeeded'])
  if (type === 'sign-in.refused') numbers.signIns.add([LOCKED.includes(reason) ? 'locked' : 'failed'])
  if (outcome === 'refused') numbers.refusals.add([reason])
}
