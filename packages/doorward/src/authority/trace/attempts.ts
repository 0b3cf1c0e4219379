import type { StoredEvent } from '../../store/store.ts'
import { type Attempt, type Join, judgeAttempt, type TracedEvent } from './attempt.ts'
import { isGood, rankOf, type Step, stepOf } from './step.ts'

const MINUTE = 60_000
/** As long as a request waits for a person, and a little more. */
const NEAR = 15 * MINUTE
/** How long a program takes from one step to the next, at most. */
const PAUSE = MINUTE

interface Draft {
  readonly events: TracedEvent[]
  readonly startedAt: number
  client: string | undefined
  /** The MCP server that it is on the way to. */
  resource: string | undefined
  /** The rank of the furthest step. */
  latest: number
  /** Steps that went well. */
  readonly done: Set<Step>
  /** Networks of the client itself; the person's browser may be elsewhere. */
  readonly networks: Set<string>
}

/**
 * All attempts that these events tell of, the latest first. Events of one flow carry its reference or its grant. What comes before
 * and beside it carries neither, and is joined by client, network and time; each event says how sure that is.
 */
export function attemptsOf(events: readonly StoredEvent[], now: number): Attempt[] {
  const known = events
    .flatMap((event) => {
      const step = stepOf(event)
      return step === undefined ? [] : [{ event, step }]
    })
    .sort((a, b) => a.event.at - b.event.at || a.event.id - b.event.id)
  const { drafts, loose } = joinCertain(known)
  const clusters: Known[][] = []
  for (const one of loose) {
    if (rankOf(one.step) <= rankOf('registration')) addToCluster(clusters, one)
    else if (!joinAfter(drafts, one)) drafts.push(draftOf(one, 'certain'))
  }
  // The beginning that stands nearest says where the flow goes, and those before it have to go there too.
  const flows = [...drafts]
  for (const cluster of clusters.toReversed()) {
    const flow = flowAfter(flows, cluster)
    if (flow === undefined) drafts.push(draftOfAll(cluster))
    else for (const one of cluster) add(flow, one, one.event.client === undefined ? 'guess' : 'likely')
  }
  return drafts.map((draft) => judgeAttempt(draft.events, now)).sort((a, b) => b.startedAt - a.startedAt)
}

/** The attempt that a reference leads to, be it of the flow or of one request in it. */
export function traceOf(attempts: readonly Attempt[], reference: string): Attempt | undefined {
  return (
    attempts.find((attempt) => attempt.reference === reference) ??
    attempts.find(({ steps }) =>
      steps.some(({ events }) => events.some(({ event }) => event.correlation === reference)),
    )
  )
}

interface Known {
  readonly event: StoredEvent
  readonly step: Step
}

function joinCertain(known: readonly Known[]): { drafts: Draft[]; loose: Known[] } {
  const byReference = new Map<string, Draft>()
  const byGrant = new Map<string, Draft>()
  const drafts: Draft[] = []
  // What begins a flow first: an event that waited to be written may stand behind one that did not.
  const ordered = [...known.filter(begins), ...known.filter((one) => !begins(one))]
  const loose: Known[] = []
  for (const one of ordered) {
    const { event, step } = one
    const flow = typeof event.detail?.flow === 'string' ? event.detail.flow : event.correlation
    const found = byReference.get(flow ?? '') ?? (event.grant === undefined ? undefined : byGrant.get(event.grant))
    if (found === undefined && !begins(one) && !standsAlone(one)) {
      // A call of a connection that was made before, and a sign-in on the way to nowhere, are no attempts.
      if (event.type !== 'access.allowed' && step !== 'sign-in') loose.push(one)
      continue
    }
    const draft = found ?? draftOf(one, 'certain')
    if (found === undefined) drafts.push(draft)
    else add(found, one, 'certain')
    for (const reference of [flow, event.correlation]) if (reference !== undefined) byReference.set(reference, draft)
    if (event.grant !== undefined) byGrant.set(event.grant, draft)
  }
  // A client's document is looked at again before the request that it was looked at for has a word.
  const rest = loose.filter((one) => {
    const draft = byReference.get(one.event.correlation ?? '')
    if (draft !== undefined) add(draft, one, 'certain')
    return draft === undefined
  })
  return { drafts, loose: rest.sort((a, b) => a.event.at - b.event.at || a.event.id - b.event.id) }
}

function begins({ event, step }: Known): boolean {
  return step === 'authorize' || (step === 'token' && typeof event.detail?.flow === 'string')
}

/** Tokens without a person, and refusals of a connection that was made long ago. */
function standsAlone({ event, step }: Known): boolean {
  return event.grant !== undefined && (step === 'token' || (step === 'call' && event.type !== 'access.allowed'))
}

function draftOf(one: Known, join: Join): Draft {
  const draft: Draft = {
    events: [],
    startedAt: one.event.at,
    client: undefined,
    resource: undefined,
    latest: -1,
    done: new Set(),
    networks: new Set(),
  }
  add(draft, one, join)
  return draft
}

function add(draft: Draft, { event, step }: Known, join: Join): void {
  draft.events.push({ event, step, join })
  draft.client ??= event.client
  draft.resource ??= event.resource
  draft.latest = Math.max(draft.latest, rankOf(step))
  if (isGood(event, step)) draft.done.add(step)
  const isOfTheBrowser = step === 'sign-in' || step === 'consent'
  if (event.network !== undefined && !isOfTheBrowser) draft.networks.add(event.network)
}

/** A refusal that names no flow belongs to the latest that it can belong to. */
function joinAfter(drafts: readonly Draft[], one: Known): boolean {
  const { event } = one
  let found: Draft | undefined
  for (const draft of drafts) {
    if (event.at < draft.startedAt || event.at - draft.startedAt > NEAR) continue
    if (found !== undefined && found.startedAt >= draft.startedAt) continue
    if (canBelong(draft, one)) found = draft
  }
  if (found === undefined) return false
  add(found, one, event.client === undefined ? 'guess' : 'likely')
  return true
}

function canBelong(draft: Draft, { event, step }: Known): boolean {
  // What a flow has not come to, or has gone past, is not about it.
  if (draft.latest > rankOf(step) || (step === 'call' && draft.latest < rankOf('token'))) return false
  if (goesElsewhere(event, draft.resource)) return false
  if (event.client !== undefined) return draft.client === event.client && !draft.done.has(step)
  return event.network !== undefined && (draft.networks.has(event.network) || step === 'consent')
}

/** Another MCP server is another connection, but for a token that was taken to the wrong one. */
function goesElsewhere({ resource, reason }: StoredEvent, to: string | undefined): boolean {
  return resource !== undefined && to !== undefined && resource !== to && reason !== 'foreign_audience'
}

/** What one network did in one go, before anybody was asked. A client that starts over starts another. */
function addToCluster(clusters: Known[][], one: Known): void {
  const cluster = clusters.findLast((events) => events[0]?.event.network === one.event.network)
  const last = cluster?.at(-1)
  const client = cluster?.find(({ event }) => event.client !== undefined)?.event.client
  const goesOn =
    last !== undefined &&
    one.event.at - last.event.at <= PAUSE &&
    !(last.step === 'registration' && one.step !== 'registration') &&
    !goesElsewhere(one.event, cluster?.find(({ event }) => event.resource !== undefined)?.event.resource) &&
    (client === undefined || one.event.client === undefined || client === one.event.client)
  if (goesOn) cluster?.push(one)
  else clusters.push([one])
}

/** Beginnings belong to the first flow after them: of the same client, or without one of the same network, on the way to the same MCP server. */
function flowAfter(flows: readonly Draft[], cluster: readonly Known[]): Draft | undefined {
  const last = cluster.at(-1) as Known
  const client = cluster.find(({ event }) => event.client !== undefined)?.event.client
  // Who was refused did not go on; the next flow is another's.
  if (!isGood(last.event, last.step)) return undefined
  return flows
    .filter(({ startedAt }) => startedAt >= last.event.at && startedAt - last.event.at <= NEAR)
    .filter((draft) =>
      client === undefined
        ? draft.networks.has(last.event.network ?? '') &&
          !cluster.some(({ event }) => goesElsewhere(event, draft.resource))
        : draft.client === client,
    )
    .sort((a, b) => a.startedAt - b.startedAt)[0]
}

/** Beginnings that led nowhere. */
function draftOfAll([first, ...rest]: readonly Known[]): Draft {
  const draft = draftOf(first as Known, 'likely')
  for (const one of rest) add(draft, one, 'likely')
  return draft
}
