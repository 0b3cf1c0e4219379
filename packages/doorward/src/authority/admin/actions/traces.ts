import * as v from 'valibot'
import type { Attempt } from '../../trace/attempt.ts'
import { findTrace, recentAttempts } from '../../trace/find-trace.ts'
import { STEPS } from '../../trace/step.ts'
import { action } from './action.ts'
import { EventView } from './events.ts'
import { Id, MaybeText, wholeNumber } from './rules.ts'

const HOUR_MILLISECONDS = 3_600_000
const StepName = v.picklist(STEPS)
/** How sure it is that something belongs to an attempt. */
const Joined = v.picklist(['certain', 'likely', 'guess'])

const AttemptView = v.object({
  reference: v.string(),
  client: MaybeText,
  resource: MaybeText,
  actor: MaybeText,
  grant: MaybeText,
  /** Milliseconds since 1970. */
  startedAt: v.number(),
  endedAt: v.number(),
  outcome: v.picklist(['connected', 'issued', 'refused', 'silent', 'waiting', 'running']),
  /** Where nothing came after, or what was refused. */
  stoppedAt: v.optional(StepName),
  reason: MaybeText,
  /** Why its grant has ended, where it has. */
  ended: MaybeText,
  /** By which other address than the issuer's it came, where it gave up before it had an id. */
  elsewhere: v.optional(v.object({ host: v.string(), issuer: v.string(), join: Joined })),
  steps: v.array(
    v.object({
      step: StepName,
      state: v.picklist(['done', 'refused', 'waiting', 'unseen', 'not-reached']),
      events: v.array(
        v.object({
          join: Joined,
          event: EventView,
        }),
      ),
    }),
  ),
})

export const TRACES = {
  'traces.list': action({
    method: 'GET',
    path: '/traces',
    permission: 'doorward:admin.read',
    describe: 'Attempts to connect, those that failed first, then the newest.',
    input: v.strictObject({
      client: v.optional(Id),
      hours: v.optional(wholeNumber(1, 24 * 31), 48),
      limit: v.optional(wholeNumber(1, 200), 50),
    }),
    output: v.object({ attempts: v.array(AttemptView) }),
    run: async ({ ctx }, { client, hours, limit }) => {
      const since = ctx.now() * 1000 - hours * HOUR_MILLISECONDS
      return { attempts: (await recentAttempts(ctx, { since, client, limit })) as readonly Attempt[] }
    },
  }),
  'traces.show': action({
    method: 'GET',
    path: '/traces/{reference}',
    permission: 'doorward:admin.read',
    describe:
      'The attempt to connect behind the reference of an error: every step of it, and where it stopped; and what has this very reference.',
    input: v.strictObject({ reference: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) }),
    output: v.object({ attempt: v.optional(AttemptView), events: v.array(EventView) }),
    run: ({ ctx }, { reference }) => findTrace(ctx, reference),
  }),
}
