import type { EventType } from '@doorward/core/kernel/audit'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredEvent } from '../../store/store.ts'

/** What happens on the way to a first call, in this order. */
export const STEPS = [
  'challenge',
  'resource-metadata',
  'server-metadata',
  'registration',
  'authorize',
  'sign-in',
  'consent',
  'token',
  'call',
] as const
export type Step = (typeof STEPS)[number]

/** Which step an event tells of, where its type says so. */
const STEP_OF: Readonly<Partial<Record<EventType, Step>>> = {
  'client.registered': 'registration',
  'client.recognised': 'registration',
  'client.refused': 'registration',
  'document.fetched': 'registration',
  'document.stale': 'registration',
  'document.refused': 'registration',
  'authorization.pushed': 'authorize',
  'authorization.requested': 'authorize',
  'authorization.refused': 'authorize',
  'device.requested': 'authorize',
  'device.refused': 'authorize',
  'device.code.entered': 'sign-in',
  'device.code.refused': 'sign-in',
  'sign-in.succeeded': 'sign-in',
  'sign-in.refused': 'sign-in',
  'session.chosen': 'sign-in',
  'client.asked': 'consent',
  'consent.given': 'consent',
  'consent.denied': 'consent',
  'token.issued': 'token',
  'token.refused': 'token',
  'token.reused': 'token',
  'client.authentication.refused': 'token',
  'access.allowed': 'call',
  'upstream.failed': 'call',
}

/** All types that a trace is made of. */
export const TRACED_TYPES: readonly EventType[] = [
  ...(Object.keys(STEP_OF) as EventType[]),
  'metadata.read',
  'access.refused',
  'policy.refused',
  'request.refused',
]

/** Refusals on the pages between the request and the answer; where such a page has an address of its own, their event has a reference of its own too. */
const ON_THE_PAGES: ReadonlySet<string> = new Set<Reason>([
  'approval_missing',
  'client_of_another_person',
  'consent_of_another_account',
  'decision_unknown',
  'form_expired',
  'form_foreign',
  'form_of_another_account',
  'form_repeated',
  'groups_lack',
  'pending_expired',
  'pending_foreign',
  'pushed_used',
])

/** The step that an event tells of; undefined where it is no part of a connection. */
export function stepOf({ type, reason, detail, client }: StoredEvent): Step | undefined {
  switch (type) {
    case 'metadata.read':
      return detail?.document === 'resource' ? 'resource-metadata' : 'server-metadata'
    case 'access.refused':
      // The 401 with which everything begins is no failure.
      return reason === 'no_credentials' && client === undefined ? 'challenge' : 'call'
    case 'policy.refused':
      return STEP_OF[detail?.of as EventType] ?? 'authorize'
    case 'request.refused':
      return ON_THE_PAGES.has(reason) ? 'consent' : undefined
    default:
      return STEP_OF[type]
  }
}

/** Whether the event says that its step went well. */
export function isGood({ type, outcome }: StoredEvent, step: Step): boolean {
  return step === 'challenge' || outcome === 'allowed' || type === 'document.stale'
}

export function rankOf(step: Step): number {
  return STEPS.indexOf(step)
}
