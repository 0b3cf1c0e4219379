import { randomBytes } from 'node:crypto'
import type { Moved, MoveWorld } from '../../store/transfer/move.ts'
import type { Place } from '../../store/transfer/places.ts'
import { prepareDatabaseFile } from '../database-file.ts'
import { FailedError, UsageError } from '../problem.ts'
import { table } from '../table.ts'
import type { AddCommand, Terminal } from './command.ts'

interface Options {
  readonly from: string
  readonly to?: string
  readonly config?: string
  readonly abort?: boolean
  readonly json?: boolean
}

const CHECKSUM_SHOWN = 16

export const migrate: AddCommand = (program, terminal) => {
  program
    .command('migrate')
    .description(
      'Move everything to another database. Servers on the old one are closed; run it again to go on after a stop.',
    )
    .requiredOption(
      '--from <database>',
      "what holds it: a path, postgres://…, or 'sqlite' or 'postgres' for the one that is set",
    )
    .option('--to <database>', 'the same for where it goes, which has to be empty')
    .option('--config <file>', 'which config file')
    .option('--abort', 'take back a move that is not finished: the old database is opened again')
    .option('--json', 'progress and outcome as lines of JSON')
    .action(async (options: Options) => {
      const { existingDatabase, namedDatabase } = await import('../moving/named-database.ts')
      const from = existingDatabase(namedDatabase('--from', options.from, options.config, terminal.env))
      if (options.abort === true) return abort(from, options, terminal)
      if (options.to === undefined) throw new UsageError('--to is missing; say where everything goes.')
      const to = namedDatabase('--to', options.to, options.config, terminal.env)
      if (from.location === to.location)
        throw new UsageError('--from and --to are the same database; name another with --to.')
      await move(from, to, options.json === true, terminal)
    })
}

async function move(from: Place, to: Place, json: boolean, terminal: Terminal): Promise<void> {
  const { moveDatabase } = await import('../../store/transfer/move.ts')
  const { bringSecret, refuseOtherSecret, triedSecret } = await import('../moving/same-secret.ts')
  const { refusing } = await import('../moving/refusing.ts')
  const { watching } = await import('../moving/watching.ts')
  prepareDatabaseFile(to.location, '--to')
  const secret = await refusing(() => triedSecret(from, terminal.env), from)
  refuseOtherSecret(secret, to)
  const { watcher, end } = watching(terminal, json)
  const world: MoveWorld = {
    ...watcher,
    nowMilliseconds: () => Date.now(),
    newId: () => randomBytes(16).toString('hex'),
  }
  const moved = await refusing(() => moveDatabase(from, to, world), from, to).finally(end)
  if (moved.verdict === 'differs') {
    show(moved, json, terminal)
    throw new FailedError(
      `The two are not the same, and nobody can use ${to.shown}; take the move back with 'doorward migrate --from … --abort' and repeat it into a new database.`,
    )
  }
  const secretWords = bringSecret(secret, to)
  if (json) return terminal.print(JSON.stringify({ ...moved, from: from.shown, to: to.shown, secret: secret?.source }))
  if (moved.verdict === 'already')
    terminal.print(`Everything was moved from ${from.shown} to ${to.shown} before; nothing is left to do.`)
  else {
    show(moved, json, terminal)
    terminal.print(`Moved everything from ${from.shown} to ${to.shown}; both were counted and compared.`)
  }
  terminal.print(secretWords)
  terminal.print(
    `Start servers with DOORWARD_DATABASE (or "database" in the config file) set to ${to.shown}. ${from.shown} stays closed.`,
  )
}

function show({ verdict, tables }: Moved, json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.print(JSON.stringify({ verdict, tables }))
    return
  }
  terminal.print(
    table(
      ['table', 'rows', 'checksum', 'is the same'],
      tables.map(({ name, from, to }) => [
        name,
        from.rows === to.rows ? String(from.rows) : `${from.rows} → ${to.rows}`,
        from.checksum.slice(0, CHECKSUM_SHOWN),
        from.rows === to.rows && from.checksum === to.checksum ? 'yes' : 'NO',
      ]),
    ),
  )
}

async function abort(from: Place, { json }: Options, terminal: Terminal): Promise<void> {
  const { giveUpMove } = await import('../../store/transfer/move.ts')
  const { refusing } = await import('../moving/refusing.ts')
  const { other } = await refusing(() => giveUpMove(from), from)
  terminal.print(
    json === true
      ? JSON.stringify({ verdict: 'given_up', from: from.shown, to: other })
      : `${from.shown} is open again, and servers on it go on within a second. What was copied to ${other} is of no use to anybody; delete it.`,
  )
}
