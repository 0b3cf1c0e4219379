import type { StoredEvent } from '../../store/store.ts'
import { isGood, rankOf, STEPS, type Step } from './step.ts'

/** How sure it is that an event belongs to an attempt: by its reference or grant; by its client and time; by network and time alone. */
export type Join = 'certain' | 'likely' | 'guess'

export interface TracedEvent {
  readonly event: StoredEvent
  readonly step: Step
  readonly join: Join
}

/** `unseen`: a later step was reached, so it was done before, elsewhere, or left no event; or nothing of it is told here. */
export type StepState = 'done' | 'refused' | 'waiting' | 'unseen' | 'not-reached'

export interface TracedStep {
  readonly step: Step
  readonly state: StepState
  readonly events: readonly TracedEvent[]
}

/**
 * `connected`: a call came through. `issued`: there is a token, for an MCP server that verifies it itself and tells nothing here. `refused`: somebody said no, and `reason` says why. `silent`: nothing came after `stoppedAt`.
 * `waiting`: an operator was asked. `running`: it is too early to tell.
 */
export type Outcome = 'connected' | 'issued' | 'refused' | 'silent' | 'waiting' | 'running'

/** By which other address than the issuer's a client came. */
export interface Elsewhere {
  /** As the request named it. */
  readonly host: string
  readonly issuer: string
  /** `certain` where it was a request of this attempt, and a guess where it only came from the same network. */
  readonly join: Join
}

/** One attempt of a client to connect, from the first 401 to the first call, as far as it came. */
export interface Attempt {
  /** Where its page is found. */
  readonly reference: string
  readonly client: string | undefined
  readonly resource: string | undefined
  readonly actor: string | undefined
  readonly grant: string | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** Every step, in order, also those that were not reached. */
  readonly steps: readonly TracedStep[]
  readonly outcome: Outcome
  readonly stoppedAt: Step | undefined
  readonly reason: string | undefined
  /** Why its grant has ended, where it has: what is refused from then on says only that it did. */
  readonly ended: string | undefined
  /** What probably was behind it that nothing came any more, before anybody had an id. */
  readonly elsewhere: Elsewhere | undefined
}

/** People think; programs do not. */
const PATIENCE_MILLISECONDS: Readonly<Record<Step, number>> = {
  challenge: 60_000,
  'resource-metadata': 60_000,
  'server-metadata': 60_000,
  registration: 60_000,
  authorize: 600_000,
  'sign-in': 600_000,
  consent: 60_000,
  token: 60_000,
  call: 60_000,
}

/** Where an attempt stands, by its events. Pure: the same events at the same time are the same story. */
export function judgeAttempt(events: readonly TracedEvent[], now: number): Attempt {
  const sorted = placed([...events].sort((a, b) => a.event.at - b.event.at || a.event.id - b.event.id))
  const reached = Math.max(...sorted.map(({ step }) => rankOf(step)))
  const steps = STEPS.map((step): TracedStep => {
    const own = sorted.filter((traced) => traced.step === step)
    return { step, state: stateOf(step, own, reached), events: own }
  })
  const verdict = verdictOf(steps, reached, now)
  const first = sorted[0]?.event
  const last = sorted.at(-1)?.event
  const has = (name: 'client' | 'resource' | 'actor' | 'grant') =>
    sorted.findLast(({ event, join }) => event[name] !== undefined && join !== 'guess')?.event[name] ??
    sorted.findLast(({ event }) => event[name] !== undefined)?.event[name]
  return {
    reference: referenceOf(sorted),
    client: has('client'),
    resource: has('resource'),
    actor: has('actor'),
    grant: has('grant'),
    startedAt: first?.at ?? now,
    endedAt: last?.at ?? now,
    steps: verdict.outcome === 'issued' ? steps.map(unseenWhereOpen) : steps,
    ...verdict,
    // Who uses a code or a refresh token twice ends the grant with it. Of other ends the grant itself tells, as long as it is remembered.
    ended: sorted.findLast(({ event }) => event.type === 'token.reused')?.event.reason,
    elsewhere: undefined,
  }
}

/**
 * A client that is described by a document registers with its first request. Where the document is refused, the request that named it
 * is refused for the same reason: that tells of the registration again, and not of the request. At the token endpoint the attempt
 * had come further, and stays there.
 */
function placed(sorted: readonly TracedEvent[]): readonly TracedEvent[] {
  const ofDocuments = new Set(
    sorted.filter(({ event }) => event.type === 'document.refused').map(({ event }) => wordOf(event)),
  )
  return sorted.map((traced) => {
    const { event, step } = traced
    const isAgain = ofDocuments.has(wordOf(event)) || ABOUT_DOCUMENTS.test(event.reason)
    return step === 'authorize' && event.outcome === 'refused' && isAgain ? { ...traced, step: 'registration' } : traced
  })
}

/** Also where no document was asked for: its address is none, or another request had just asked. */
const ABOUT_DOCUMENTS = /^(document|client_url)_/

const wordOf = ({ correlation, reason }: StoredEvent): string => `${correlation} ${reason}`

function stateOf(step: Step, own: readonly TracedEvent[], reached: number): StepState {
  const last = own.at(-1)
  if (last === undefined) return rankOf(step) < reached ? 'unseen' : 'not-reached'
  // One call that came through is a connection, whatever was refused to it besides.
  if (step === 'call' && own.some(({ event }) => isGood(event, step))) return 'done'
  if (last.event.type === 'client.asked') return 'waiting'
  return isGood(last.event, step) ? 'done' : 'refused'
}

function verdictOf(
  steps: readonly TracedStep[],
  reached: number,
  now: number,
): Pick<Attempt, 'outcome' | 'stoppedAt' | 'reason'> {
  const at = steps[reached] as TracedStep
  const last = (at.events.at(-1) as TracedEvent).event
  switch (at.state) {
    case 'refused':
      return { outcome: 'refused', stoppedAt: at.step, reason: last.reason }
    case 'waiting':
      return { outcome: 'waiting', stoppedAt: at.step, reason: undefined }
    case 'done': {
      if (at.step === 'call') return { outcome: 'connected', stoppedAt: undefined, reason: undefined }
      if (at.events.some(({ event }) => event.detail?.calls === 'elsewhere'))
        return { outcome: 'issued', stoppedAt: undefined, reason: undefined }
      const outcome = now - last.at < PATIENCE_MILLISECONDS[at.step] ? 'running' : 'silent'
      return { outcome, stoppedAt: at.step, reason: undefined }
    }
    case 'unseen':
    case 'not-reached':
      throw new Error('the step that was reached has events')
    default:
      return at.state satisfies never
  }
}

/** Of calls that are not heard of here nobody knows that there were none. */
function unseenWhereOpen(traced: TracedStep): TracedStep {
  return traced.state === 'not-reached' ? { ...traced, state: 'unseen' } : traced
}

/** The reference of the flow, which stands on the pages and in the code; without one that of what came last. */
function referenceOf(sorted: readonly TracedEvent[]): string {
  const flow = sorted.find(({ event, join }) => join === 'certain' && typeof event.detail?.flow === 'string')
  if (flow !== undefined) return String(flow.event.detail?.flow)
  const certain = sorted.find(
    ({ event, step, join }) => join === 'certain' && step === 'authorize' && event.correlation,
  )
  return certain?.event.correlation ?? sorted.findLast(({ event }) => event.correlation)?.event.correlation ?? ''
}
