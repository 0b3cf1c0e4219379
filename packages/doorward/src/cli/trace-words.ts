import type { OutputOf } from '../authority/admin/act.ts'
import { type Explained, explain, explainRefusal, nameOfCause } from '../console/admin/explain.ts'
import { en } from '../console/words/en/index.ts'
import { onOneLine, table } from './table.ts'

type Attempt = OutputOf<'traces.list'>['attempts'][number]
type Found = OutputOf<'traces.show'>
type Event = Found['events'][number]

const { adminTrace } = en

/** All that a reference leads to: the refusal that has it, where the attempt ended otherwise, and the attempt. */
export function linesOfFound(reference: string, { attempt, events }: Found): string[] {
  const own = events.findLast(({ outcome }) => outcome === 'refused')
  if (attempt === undefined) {
    return [
      adminTrace.noAttempt,
      ...(own === undefined ? [] : causeOf(own, undefined)),
      '',
      ...events.flatMap((event) => lineOf(event)),
    ]
  }
  const isAll = own === undefined || own.reason === attempt.reason
  return [
    ...(isAll ? [] : [`${adminTrace.ownRefusal} (${reference})`, ...causeOf(own, attempt), '']),
    ...storyOf(attempt),
  ]
}

function causeOf(own: Event, attempt: Attempt | undefined): string[] {
  return linesOfCause(explainRefusal(own, attempt, en), own.detail?.what)
}

function linesOfCause(explained: Explained | undefined, said: unknown): string[] {
  return [
    ...(explained === undefined ? [] : [`${adminTrace.cause}: ${explained.cause}`]),
    ...(said === undefined ? [] : [`${adminTrace.said}: ${onOneLine(String(said))}`]),
    ...(explained === undefined ? [] : [`${adminTrace.mend}: ${explained.mend}`]),
  ]
}

/** Attempts, one a line. */
export function rowsOf(attempts: readonly Attempt[], at: string): string {
  // Where the address is wrong by a letter nothing else tells of it.
  if (attempts.length === 0) return `${adminTrace.none}\nThose: doorward events --reason nothing_here (${at})`
  return table(
    ['reference', 'began', 'how it ended', 'stopped at', 'why', 'client'],
    attempts.map((attempt) => [
      attempt.reference,
      new Date(attempt.startedAt).toISOString(),
      adminTrace.outcomes[attempt.outcome],
      attempt.stoppedAt === undefined ? '' : adminTrace.names[attempt.stoppedAt],
      nameOfCause(attempt) ?? '',
      attempt.client ?? '',
    ]),
  )
}

/** Who asked where nothing is, as with an address that is wrong by a letter, is no attempt. What clients try by habit says nothing. */
export function lineOfStrays(events: readonly Event[], at: string): string | undefined {
  const paths = events
    .map(({ detail }) => String(detail?.path))
    .filter((path) => !/\/\.well-known\/|^\/favicon/.test(path))
  if (paths[0] === undefined) return undefined
  return `Somebody also asked for ${onOneLine(paths[0])}, where nothing is served. All of those: doorward events --reason nothing_here (${at})`
}

/** The same story as on its page. */
function storyOf(attempt: Attempt): string[] {
  const { outcome, stoppedAt, client, resource, reference, steps, elsewhere } = attempt
  const last = steps.find(({ step }) => step === stoppedAt)?.events.at(-1)
  const isGuess = elsewhere?.join === 'guess' || (outcome === 'refused' && last?.join === 'guess')
  const said = outcome === 'refused' ? last?.event.detail?.what : undefined
  return [
    `${adminTrace.outcomes[outcome]}${stoppedAt === undefined ? '' : ` at: ${adminTrace.names[stoppedAt]}`}${isGuess ? ` (${adminTrace.joins.guess})` : ''}`,
    ...linesOfCause(explain(attempt, en), said),
    `${adminTrace.client}: ${client ?? adminTrace.unknownClient}`,
    ...(resource === undefined ? [] : [`${adminTrace.server}: ${resource}`]),
    `${adminTrace.reference}: ${reference}`,
    '',
    ...steps.flatMap(linesOf),
  ]
}

function linesOf({ step, state, events }: Attempt['steps'][number]): string[] {
  return [
    `${adminTrace.names[step]}: ${adminTrace.states[state]}`,
    ...events.flatMap(({ event, join }) => lineOf(event, adminTrace.joins[join])),
  ]
}

/** With its own reference, which is the one that a client was shown, and what it was told. */
function lineOf({ at, type, reason, network = '', correlation = '', detail }: Event, join = ''): string[] {
  const words = [new Date(at).toISOString(), `${type} (${reason})`, network, correlation, join]
  return [
    `    ${words.filter((word) => word !== '').join('  ')}`,
    ...(detail?.what === undefined ? [] : [`        ${onOneLine(String(detail.what))}`]),
  ]
}
