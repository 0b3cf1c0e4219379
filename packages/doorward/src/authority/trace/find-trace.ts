import type { EventType } from '@doorward/core/kernel/audit'
import type { Store, StoredEvent } from '../../store/store.ts'
import type { Attempt } from './attempt.ts'
import { attemptsOf, traceOf } from './attempts.ts'
import { TOLD_AGAIN_MILLISECONDS, withElsewhere } from './elsewhere.ts'
import { TRACED_TYPES } from './step.ts'

const MINUTE = 60_000
/** What came before a flow, and how long its tokens may wait for a first call. */
const BEFORE = 15 * MINUTE
const AFTER = 30 * MINUTE
const MOST_EVENTS = 3000
/** Of which the beginnings are looked up by name. */
const MOST_FLOWS = 500
const FOR_EVER = Number.MAX_SAFE_INTEGER

/** Steps of an attempt, all but calls: of those one is enough, and there may be millions. */
const WITHOUT_CALLS = TRACED_TYPES.filter((type) => type !== 'access.allowed')

/** What anybody causes who comes by. A storm of it must not push what people did out of the list. */
const OF_STRANGERS: readonly EventType[] = [
  'access.refused',
  'metadata.read',
  'client.recognised',
  'client.refused',
  'request.refused',
  'upstream.failed',
]
/** What takes somebody who has shown who they are: nobody who only comes by gets as far. */
const OF_PEOPLE: readonly EventType[] = [
  'device.code.entered',
  'sign-in.succeeded',
  'session.chosen',
  'client.asked',
  'consent.given',
  'consent.denied',
  'token.issued',
  'token.reused',
]
const OF_FLOWS = WITHOUT_CALLS.filter((type) => !OF_STRANGERS.includes(type) && !OF_PEOPLE.includes(type))

export type { StoredEvent } from '../../store/store.ts'

export interface Found {
  /** Undefined where the reference belongs to a request that is no part of an attempt. */
  readonly attempt: Attempt | undefined
  /** Everything that has this very reference. */
  readonly events: readonly StoredEvent[]
}

/** The attempt behind a reference, be it from an error page, an `error_description` or a challenge. */
export async function findTrace(
  { store, now }: { readonly store: Pick<Store, 'stories' | 'events'>; readonly now: () => number },
  reference: string,
): Promise<Found> {
  const events = await store.events.list({ correlation: reference, limit: 200 })
  const told = events.find(({ detail }) => typeof detail?.flow === 'string')
  const references = [...new Set([reference, ...(told === undefined ? [] : [String(told.detail?.flow)])])]
  const flow = await store.stories.events({
    types: WITHOUT_CALLS,
    since: 0,
    until: FOR_EVER,
    about: { references, grants: namesOf('grant', events) },
    limit: MOST_EVENTS,
  })
  const seed = [...events, ...flow]
  const first = seed[0]
  if (first === undefined) return { attempt: undefined, events }
  const near = await store.stories.events({
    types: WITHOUT_CALLS,
    since: Math.min(...seed.map(({ at }) => at)) - BEFORE,
    until: Math.max(...seed.map(({ at }) => at)) + AFTER,
    about: {
      references,
      grants: namesOf('grant', seed),
      clients: namesOf('client', seed),
      networks: namesOf('network', seed),
    },
    limit: MOST_EVENTS,
  })
  return { attempt: traceOf(await attemptsIn(store, [...seed, ...near], now() * 1000), reference), events }
}

/**
 * The attempts of late: those that failed first, then by time. A storm of requests that nobody signs in for takes half of them at most, and what
 * people did is found with its beginning however much came since.
 */
export async function recentAttempts(
  { store, now }: { readonly store: Pick<Store, 'stories'>; readonly now: () => number },
  { since, client, limit }: { readonly since: number; readonly client?: string | undefined; readonly limit: number },
): Promise<Attempt[]> {
  const about = client === undefined ? {} : { about: { clients: [client] } }
  const events: StoredEvent[] = []
  for (const types of [OF_PEOPLE, OF_FLOWS, OF_STRANGERS]) {
    events.push(...(await store.stories.events({ types, since, until: FOR_EVER, limit: MOST_EVENTS, ...about })))
  }
  const known = events.filter(({ type }) => OF_PEOPLE.includes(type)).slice(0, MOST_FLOWS)
  const flows = { references: namesOf('correlation', known), grants: namesOf('grant', known) }
  const query = { types: OF_FLOWS, since, until: FOR_EVER, limit: MOST_EVENTS, about: flows }
  if (known.length > 0) events.push(...(await store.stories.events(query)))
  const attempts = await attemptsIn(store, events, now() * 1000)
  const failed = (attempt: Attempt) => attempt.outcome === 'refused' || attempt.outcome === 'silent'
  const ordered = (some: readonly Attempt[]) => [...some.filter(failed), ...some.filter((attempt) => !failed(attempt))]
  const people = attempts.filter(reachedByPeople)
  const strangers = attempts.filter((attempt) => !reachedByPeople(attempt))
  const share = Math.min(strangers.length, Math.max(Math.floor(limit / 2), limit - people.length))
  return ordered([...ordered(people).slice(0, limit - share), ...ordered(strangers).slice(0, share)])
}

function reachedByPeople({ steps }: Attempt): boolean {
  return steps.some(({ events }) => events.some(({ event }) => OF_PEOPLE.includes(event.type)))
}

/** What these events tell of, with what stands elsewhere: first calls, the ends of grants, and addresses that are not ours. */
async function attemptsIn(
  store: Pick<Store, 'stories'>,
  events: readonly StoredEvent[],
  now: number,
): Promise<Attempt[]> {
  if (events.length === 0) return []
  const grants = namesOf('grant', events)
  const [calls, endings, differing] = await Promise.all([
    store.stories.firstCalls(grants),
    store.stories.endings(grants),
    store.stories.events({
      types: ['host.differs'],
      since: Math.min(...events.map(({ at }) => at)) - TOLD_AGAIN_MILLISECONDS,
      until: FOR_EVER,
      about: { networks: namesOf('network', events) },
      limit: MOST_EVENTS,
    }),
  ])
  const all = [...new Map([...events, ...calls].map((event) => [event.id, event])).values()]
  const attempts = attemptsOf(all, now).map((attempt) => ({
    ...attempt,
    ended: endings.get(attempt.grant ?? '') ?? attempt.ended,
  }))
  return withElsewhere(attempts, differing)
}

function namesOf(name: 'grant' | 'client' | 'network' | 'correlation', events: readonly StoredEvent[]): string[] {
  return [...new Set(events.flatMap((event) => (event[name] === undefined ? [] : [event[name]])))]
}
