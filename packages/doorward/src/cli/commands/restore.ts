import { createReadStream, existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Restored } from '../../store/transfer/restore.ts'
import { prepareDatabaseFile } from '../database-file.ts'
import { UsageError } from '../problem.ts'
import { knownSecret } from '../secret.ts'
import { when } from '../table.ts'
import type { AddCommand, Terminal } from './command.ts'

interface Options {
  readonly database: string
  readonly config?: string
  readonly keepGrants?: boolean
  readonly json?: boolean
}

export const restore: AddCommand = (program, terminal) => {
  program
    .command('restore <file>')
    .description(
      'Fill an empty database from a backup. What was handed out ends, so that nothing lives again that was taken back since.',
    )
    .requiredOption(
      '--database <database>',
      "which database: a path, postgres://…, or 'sqlite' or 'postgres' for the one that is set",
    )
    .option('--config <file>', 'which config file')
    .option(
      '--keep-grants',
      'nothing was taken back since the backup was made: grants, sessions, invites and keys stay as they were',
    )
    .option('--json', 'progress and outcome as lines of JSON')
    .action(async (file: string, options: Options) => {
      const { namedDatabase } = await import('../moving/named-database.ts')
      const { refusing } = await import('../moving/refusing.ts')
      const { watching } = await import('../moving/watching.ts')
      const { bringSecret, refuseOtherSecret } = await import('../moving/same-secret.ts')
      const { restore: bringBack } = await import('../../store/transfer/restore.ts')
      if (!existsSync(file)) throw new UsageError(`There is no file '${file}'; check the path.`)
      const to = namedDatabase('--database', options.database, options.config, terminal.env)
      const known = knownSecret(to.location, terminal.env)
      if (known === undefined)
        throw new UsageError(
          `A backup opens with the secret of its server only; give it as DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND${to.location === to.shown ? `, or put the old .key file at ${to.location}.key` : ''}.`,
        )
      refuseOtherSecret(known, to)
      prepareDatabaseFile(to.location, '--database')
      const { watcher, end } = watching(terminal, options.json === true)
      const keepGrants = options.keepGrants === true
      const world = {
        ...watcher,
        secret: known.secret,
        nowMilliseconds: () => Date.now(),
        name: basename(file),
        keepGrants,
      }
      const restored = await refusing(() => bringBack(() => createReadStream(file), to, world), to).finally(end)
      if (options.json === true) {
        const { madeAt, schema, tables, ended } = restored
        terminal.print(JSON.stringify({ file, database: to.shown, madeAt, schema, tables, ended, keepGrants }))
        return
      }
      tell(restored, keepGrants, to.shown, terminal)
      // No key may be left that shows a server that it has another secret.
      terminal.print(bringSecret(known, to))
    })
}

function tell({ madeAt, tables, ended }: Restored, keepGrants: boolean, database: string, terminal: Terminal): void {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const made = when(madeAt)
  terminal.print(`Restored ${rows} rows into ${database}, counted and compared, as they were on ${made}.`)
  if (keepGrants) {
    terminal.print(
      `Kept as they were: grants, sessions, invites and signing keys. Whatever of them ended, was narrowed or was used up after ${made} is good again, old refresh tokens among it; a newer refresh token ends its grant when it is shown.`,
    )
  } else {
    terminal.print(
      `Ended: ${ended.grants} grants, ${ended.invites} invites, ${ended.sessions} sessions, and every signing key: no token from before is good. Clients ask people again.`,
    )
  }
  terminal.print(
    `Do again what was done after ${made}: people shut out, passwords changed, passkeys and accounts removed, groups changed, applications blocked, removed or given new secrets, rules.`,
  )
}
