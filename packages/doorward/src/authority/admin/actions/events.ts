import type { EventType } from '@doorward/core/kernel/audit'
import * as v from 'valibot'
import type { EventPlace, StoredEvent } from '../../../store/store.ts'
import { action } from './action.ts'
import { Id, MaybeText, wholeNumber } from './rules.ts'

export const EventView = v.object({
  id: v.number(),
  /** Milliseconds since 1970. */
  at: v.number(),
  type: v.string(),
  outcome: v.picklist(['allowed', 'refused']),
  reason: v.string(),
  correlation: MaybeText,
  actor: MaybeText,
  client: MaybeText,
  resource: MaybeText,
  grant: MaybeText,
  network: MaybeText,
  detail: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
})

const Type = v.pipe(v.string(), v.regex(/^[a-z.-]{1,60}$/, 'A type of events is like consent.given'))
const Outcome = v.picklist(['allowed', 'refused'])
/** Milliseconds since 1970. */
const Moment = wholeNumber(0, 999_999_999_999_999)
const Limit = v.optional(wholeNumber(1, 500), 100)

/** The id of an event, and the ids before it that were missing, each run with the second in which it was found so. */
const Place = v.pipe(
  v.string(),
  v.maxLength(12_000),
  v.regex(/^\d{1,15}(?:_\d{1,15}-\d{1,15}-\d{1,15}){0,200}$/, 'A place is what `next` said before'),
)

function placeText({ last, missing }: EventPlace): string {
  return [last, ...missing.map(({ from, to, since }) => `${from}-${to}-${since}`)].join('_')
}

function readPlace(text: string): EventPlace {
  const [last, ...missing] = text.split('_')
  return {
    last: Number(last),
    missing: missing.map((run) => {
      const [from = 0, to = 0, since = 0] = run.split('-').map(Number)
      return { from, to, since }
    }),
  }
}

const HOUR = 3_600_000
const STEP = { hour: HOUR, day: 24 * HOUR } as const
/** More would be more than anybody sees in a chart. */
const MOST_STEPS = { hour: 7 * 24, day: 92 } as const

const QUESTIONS: Readonly<
  Record<
    'registrations' | 'grants' | 'refusals',
    { types?: readonly EventType[]; outcome?: 'refused'; by: 'reason' | 'type' }
  >
> = {
  registrations: { types: ['client.registered', 'client.added'], by: 'type' },
  grants: { types: ['consent.given', 'consent.denied', 'grant.revoked'], by: 'type' },
  refusals: { outcome: 'refused', by: 'reason' },
}

export const EVENTS = {
  'events.list': action({
    method: 'GET',
    path: '/events',
    permission: 'doorward:admin.read',
    describe: 'Every decision that fits, allowed or refused, the newest first. `next` leads to older ones.',
    input: v.strictObject({
      type: v.optional(v.pipe(v.array(Type), v.maxLength(50))),
      outcome: v.optional(Outcome),
      reason: v.optional(v.pipe(v.string(), v.maxLength(100))),
      client: v.optional(Id),
      /** The id of a person or operator: who acted, or was acted upon. */
      person: v.optional(Id),
      resource: v.optional(Id),
      grant: v.optional(Id),
      correlation: v.optional(v.pipe(v.string(), v.maxLength(100))),
      from: v.optional(Moment),
      to: v.optional(Moment),
      before: v.optional(Moment),
      limit: Limit,
    }),
    output: v.object({ events: v.array(EventView), next: v.optional(v.number()) }),
    run: async ({ ctx }, { type, limit, before, ...filter }) => {
      const events: StoredEvent[] = []
      let next = before
      do {
        const page = await ctx.store.governing.events(
          { ...filter, types: type },
          { limit: limit - events.length, before: next },
        )
        events.push(...page.events)
        next = page.before
      } while (next !== undefined && events.length < limit)
      return { events, next }
    },
  }),
  'events.since': action({
    method: 'GET',
    path: '/events/since',
    permission: 'doorward:admin.read',
    describe:
      'What happened since the place `after`, which is what `next` said before; without it nothing, and `next` is where the events end now. ' +
      'Each event comes once. One whose writing took a while comes after newer ones; `last` is the newest before `next`.',
    input: v.strictObject({ after: v.optional(Place), limit: Limit }),
    output: v.object({ events: v.array(EventView), last: v.number(), next: v.string() }),
    run: async ({ ctx }, { after, limit }) => {
      const now = ctx.now()
      const { events, place } =
        after === undefined
          ? { events: [], place: await ctx.store.events.place(now) }
          : await ctx.store.events.since(readPlace(after), { limit, now })
      return { events, last: place.last, next: placeText(place) }
    },
  }),
  'events.count': action({
    method: 'GET',
    path: '/events/count',
    permission: 'doorward:admin.read',
    describe: 'How many registrations, grants or refusals (by reason) there were in each hour or day.',
    input: v.strictObject({
      question: v.picklist(['registrations', 'grants', 'refusals']),
      step: v.optional(v.picklist(['hour', 'day']), 'hour'),
      /** How many of them, up to now: at most a week of hours or three months of days. */
      steps: v.optional(wholeNumber(1, MOST_STEPS.hour), 24),
    }),
    output: v.object({
      /** Milliseconds since 1970: where the first step begins, and how long each is. */
      from: v.number(),
      step: v.number(),
      steps: v.number(),
      counts: v.array(v.object({ at: v.number(), key: v.string(), count: v.number() })),
    }),
    run: async ({ ctx }, { question, step: name, steps: asked }) => {
      const step = STEP[name]
      const steps = Math.min(asked, MOST_STEPS[name])
      const to = (Math.floor((ctx.now() * 1000) / step) + 1) * step
      const from = to - steps * step
      const counts = await ctx.store.governing.counts({ ...QUESTIONS[question], step, from, to })
      return { from, step, steps, counts }
    },
  }),
}
