import type { OutputOf } from '../authority/admin/act.ts'
import { explain } from '../console/admin/explain.ts'
import { en } from '../console/words/en/index.ts'
import { table } from './table.ts'

type Attempt = OutputOf<'traces.list'>['attempts'][number]

const { adminTrace } = en

/** What is said of a reference that leads to single requests. */
export function noAttempt(reference: string): string {
  return `${adminTrace.noAttempt} See 'doorward events --ref ${reference}'.`
}

/** Attempts, one a line. */
export function rowsOf(attempts: readonly Attempt[]): string {
  if (attempts.length === 0) return adminTrace.none
  return table(
    ['reference', 'began', 'how it ended', 'stopped at', 'client'],
    attempts.map(({ reference, startedAt, outcome, stoppedAt, client }) => [
      reference,
      new Date(startedAt).toISOString(),
      adminTrace.outcomes[outcome],
      stoppedAt === undefined ? '' : adminTrace.names[stoppedAt],
      client ?? '',
    ]),
  )
}

/** The same story as on its page. */
export function storyOf({ outcome, stoppedAt, reason, client, resource, reference, steps }: Attempt): string[] {
  const explained = explain({ outcome, stoppedAt, reason }, en)
  return [
    `${adminTrace.outcomes[outcome]}${stoppedAt === undefined ? '' : ` at: ${adminTrace.names[stoppedAt]}`}`,
    ...(explained === undefined
      ? []
      : [`${adminTrace.cause}: ${explained.cause}`, `${adminTrace.mend}: ${explained.mend}`]),
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
    ...events.map(
      ({ event, join }) =>
        `    ${new Date(event.at).toISOString()}  ${event.type} (${event.reason})  ${event.network ?? ''}  ${adminTrace.joins[join]}`,
    ),
  ]
}
