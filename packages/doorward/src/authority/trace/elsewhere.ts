import type { StoredEvent } from '../../store/store.ts'
import type { Attempt, Elsewhere } from './attempt.ts'
import { rankOf } from './step.ts'

/** A strange host is told of once in that time, so it may be that of every attempt until then. */
export const TOLD_AGAIN_MILLISECONDS = 3_600_000

/** What anybody may write into a header and an operator should read in a sentence. */
const HOST = /^[a-z0-9._:[\]-]+$/

/**
 * The attempts, and of those that gave up before they had an id by which other address they came: the likeliest reason (RFC 9728 §3.3).
 * @param differing the events `host.differs` of that time
 */
export function withElsewhere(attempts: readonly Attempt[], differing: readonly StoredEvent[]): Attempt[] {
  const strange = differing
    .filter(({ detail }) => HOST.test(String(detail?.host)))
    .sort((a, b) => b.at - a.at || b.id - a.id)
  // Who came by such an address and went on all the same was not stopped by it, and others need not have been.
  const passed = new Set(attempts.filter(cameFurther).flatMap(referencesIn))
  const suspects = strange.filter(({ correlation = '' }) => !passed.has(correlation))
  return attempts.map((attempt) =>
    gaveUpEarly(attempt) ? { ...attempt, elsewhere: foundFor(attempt, suspects) } : attempt,
  )
}

function gaveUpEarly(attempt: Attempt): boolean {
  return attempt.outcome === 'silent' && !cameFurther(attempt)
}

function cameFurther({ steps }: Attempt): boolean {
  return steps.some(({ step, events }) => rankOf(step) >= rankOf('registration') && events.length > 0)
}

function foundFor(attempt: Attempt, suspects: readonly StoredEvent[]): Elsewhere | undefined {
  const own = new Set(referencesIn(attempt))
  const certain = suspects.find(({ correlation = '' }) => own.has(correlation))
  if (certain !== undefined) return toElsewhere(certain, 'certain')
  const guess = suspects.find((event) => isNear(event, attempt) && isOfItsIssuer(event, attempt))
  return guess && toElsewhere(guess, 'guess')
}

function isNear({ at, network }: StoredEvent, { startedAt, endedAt, steps }: Attempt): boolean {
  if (at > endedAt || startedAt - at > TOLD_AGAIN_MILLISECONDS) return false
  return steps.some(({ events }) =>
    events.some(({ event }) => event.network !== undefined && event.network === network),
  )
}

/** Several servers may write into one database. */
function isOfItsIssuer({ detail }: StoredEvent, { resource }: Attempt): boolean {
  return resource === undefined || originOf(resource) === String(detail?.issuer)
}

const originOf = (resource: string): string | undefined => URL.parse(resource)?.origin

function toElsewhere({ detail }: StoredEvent, join: Elsewhere['join']): Elsewhere {
  return { host: String(detail?.host), issuer: String(detail?.issuer), join }
}

function referencesIn({ steps }: Attempt): string[] {
  return steps.flatMap(({ events }) => events.flatMap(({ event }) => event.correlation ?? []))
}
