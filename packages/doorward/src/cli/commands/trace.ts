import type { Attempt, TracedStep } from '../../authority/trace/attempt.ts'
import { findTrace, recentAttempts } from '../../authority/trace/find-trace.ts'
import { explain } from '../../console/admin/explain.ts'
import { en } from '../../console/words/en/index.ts'
import { clock, openDatabase } from '../compose.ts'
import { type DatabaseOptions, findDatabase } from '../database.ts'
import { FailedError } from '../problem.ts'
import { table } from '../table.ts'
import { type AddCommand, databaseCommand } from './command.ts'

const TWO_DAYS = 2 * 86_400_000
const MOST_ATTEMPTS = 30
const { adminTrace } = en

export const trace: AddCommand = (program, terminal) => {
  databaseCommand(
    program,
    'trace [reference]',
    'Where an attempt to connect stopped, why, and what helps.',
    'the whole story',
  )
    .addHelpText('after', '\nWithout a reference: the attempts of the last two days, those that failed first.')
    .action(async (reference: string | undefined, options: DatabaseOptions & { readonly json?: boolean }) => {
      const store = openDatabase(findDatabase(options, terminal.env))
      const ctx = { store, now: clock }
      try {
        if (reference === undefined) {
          const attempts = await recentAttempts(ctx, { since: clock() * 1000 - TWO_DAYS, limit: MOST_ATTEMPTS })
          if (options.json) for (const attempt of attempts) terminal.print(JSON.stringify(attempt))
          else terminal.print(listOf(attempts))
          return
        }
        const { attempt, events } = await findTrace(ctx, reference)
        if (options.json && (attempt !== undefined || events.length > 0))
          return terminal.print(JSON.stringify({ attempt, events }))
        if (attempt !== undefined) for (const line of storyOf(attempt)) terminal.print(line)
        else if (events.length > 0) terminal.print(`${adminTrace.noAttempt} See 'doorward events --ref ${reference}'.`)
        else throw new FailedError(`Nothing is remembered under ${reference}; compare each letter.`)
      } finally {
        await store.close()
      }
    })
}

function listOf(attempts: readonly Attempt[]): string {
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
function storyOf(attempt: Attempt): string[] {
  const { outcome, stoppedAt, client, resource, reference } = attempt
  const explained = explain(attempt, en)
  return [
    `${adminTrace.outcomes[outcome]}${stoppedAt === undefined ? '' : ` at: ${adminTrace.names[stoppedAt]}`}`,
    ...(explained === undefined
      ? []
      : [`${adminTrace.cause}: ${explained.cause}`, `${adminTrace.mend}: ${explained.mend}`]),
    `${adminTrace.client}: ${client ?? adminTrace.unknownClient}`,
    ...(resource === undefined ? [] : [`${adminTrace.server}: ${resource}`]),
    `${adminTrace.reference}: ${reference}`,
    '',
    ...attempt.steps.flatMap(linesOf),
  ]
}

function linesOf({ step, state, events }: TracedStep): string[] {
  return [
    `${adminTrace.names[step]}: ${adminTrace.states[state]}`,
    ...events.map(
      ({ event, join }) =>
        `    ${new Date(event.at).toISOString()}  ${event.type} (${event.reason})  ${event.network ?? ''}  ${adminTrace.joins[join]}`,
    ),
  ]
}
