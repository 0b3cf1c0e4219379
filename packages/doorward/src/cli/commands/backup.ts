import { randomBytes } from 'node:crypto'
import { clock } from '../compose.ts'
import { type DatabaseOptions, findDatabase } from '../database.ts'
import { UsageError } from '../problem.ts'
import { table, when } from '../table.ts'
import type { AddCommand } from './command.ts'

interface Options extends DatabaseOptions {
  readonly json?: boolean
}

const SALT_BYTES = 16

export const backup: AddCommand = (program, terminal) => {
  program
    .command('backup <file>')
    .description(
      "Write all that a database holds into one file, while servers go on. It opens with the server's secret only.",
    )
    .option('--database <database>', 'which database: a path, or postgres://…')
    .option('--config <file>', 'which config file')
    .option('--json', 'progress and outcome as lines of JSON')
    .action(async (file: string, options: Options) => {
      const { placeOf } = await import('../moving/named-database.ts')
      const { triedSecret } = await import('../moving/same-secret.ts')
      const { refusing } = await import('../moving/refusing.ts')
      const { watching } = await import('../moving/watching.ts')
      const { writeNewFile } = await import('../moving/new-file.ts')
      const { backUp } = await import('../../store/transfer/backup.ts')
      const place = placeOf(findDatabase(options, terminal.env))
      const known = await refusing(() => triedSecret(place, terminal.env), place)
      if (known === undefined)
        throw new UsageError(
          "A backup is sealed under the server's secret; give it as DOORWARD_SECRET, DOORWARD_SECRET_FILE or DOORWARD_SECRET_COMMAND.",
        )
      const { watcher, end } = watching(terminal, options.json === true)
      const world = {
        ...watcher,
        secret: known.secret,
        nowSeconds: clock(),
        salt: randomBytes(SALT_BYTES).toString('hex'),
      }
      const made = await refusing(() => writeNewFile(file, (write) => backUp(place, world, write)), place).finally(end)
      if (options.json === true) {
        terminal.print(JSON.stringify({ file, madeAt: made.madeAt, schema: made.schema, tables: made.tables }))
        return
      }
      terminal.print(
        table(
          ['table', 'rows'],
          made.tables.map(({ name, rows }) => [name, String(rows)]),
        ),
      )
      terminal.print(`Wrote ${place.shown} as of ${when(made.madeAt)} to ${file}.`)
      terminal.print(
        `It opens with the secret from ${known.source} only, and that is not in it: keep a copy of it elsewhere.`,
      )
    })
}
