import { type GovernOptions, type Governor, govern } from '../govern/governor.ts'
import { FailedError } from '../problem.ts'
import { type AddCommand, governingCommand, type Terminal } from './command.ts'

const MOST_ATTEMPTS = 30
const MOST_STRAYS = 50
const LAST_HOURS = 48

export const trace: AddCommand = (program, terminal) => {
  governingCommand(
    program,
    'trace [reference]',
    'Where an attempt to connect stopped, why, and what helps.',
    'the whole story',
  )
    .addHelpText('after', '\nWithout a reference: the attempts of the last two days, those that failed first.')
    .action((reference: string | undefined, options: GovernOptions) =>
      govern(options, terminal, (governor) =>
        reference === undefined ? list(governor, terminal, options) : show(governor, terminal, options, reference),
      ),
    )
}

async function list({ act, at }: Governor, terminal: Terminal, { json }: GovernOptions): Promise<void> {
  const { attempts } = await act('traces.list', { limit: MOST_ATTEMPTS })
  if (json) {
    for (const attempt of attempts) terminal.print(JSON.stringify(attempt))
    return
  }
  const { rowsOf, lineOfStrays } = await words()
  terminal.print(rowsOf(attempts, at))
  const from = Date.now() - LAST_HOURS * 3_600_000
  const { events } = await act('events.list', { reason: 'nothing_here', from, limit: MOST_STRAYS })
  const line = attempts.length === 0 ? undefined : lineOfStrays(events, at)
  if (line !== undefined) terminal.print(line)
}

async function show(
  { act, at }: Governor,
  terminal: Terminal,
  { json }: GovernOptions,
  reference: string,
): Promise<void> {
  const found = await act('traces.show', { reference })
  if (found.events.length === 0 && found.attempt === undefined)
    throw new FailedError(`Nothing is remembered under ${reference} in ${at}; compare each letter.`)
  if (json) terminal.print(JSON.stringify(found))
  else for (const line of (await words()).linesOfFound(reference, found)) terminal.print(line)
}

// The words of the pages are read when somebody asks for a story, and not whenever a command is run.
const words = () => import('../trace-words.ts')
