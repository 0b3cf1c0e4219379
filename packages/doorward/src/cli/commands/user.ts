import { randomBytes } from 'node:crypto'
import { addUser, normalEmail } from '../../authority/identity/users.ts'
import { clock } from '../compose.ts'
import { type DatabaseOptions, findDatabase, withStore } from '../database.ts'
import { FailedError } from '../problem.ts'
import { table } from '../table.ts'
import { type AddCommand, databaseCommand } from './command.ts'

interface AddOptions extends DatabaseOptions {
  readonly operator?: boolean
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

export const user: AddCommand = (program, terminal) => {
  const group = program.command('user').description('People who can sign in.')

  databaseCommand(
    group,
    'add <email>',
    'Add a person; the password is read from standard input, or made up and printed once.',
    'one line of JSON',
  )
    .option('--operator', 'may govern this server')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (email: string, options: AddOptions) => {
      const password = options.passwordStdin
        ? (await terminal.readInput()).replace(/\r?\n$/, '')
        : randomBytes(15).toString('base64url')
      await withStore(findDatabase(options, terminal.env), async (store) => {
        const added = await addUser(
          { store, now: clock, random: randomBytes },
          { email, password, operator: options.operator === true },
        ).catch((error: Error) => {
          throw new FailedError(error.message)
        })
        if (added.verdict === 'taken')
          throw new FailedError(`${added.user.email} is there already; see 'doorward user list'.`)
        const shown = options.passwordStdin ? {} : { password }
        if (options.json) terminal.print(JSON.stringify({ id: added.user.id, email: added.user.email, ...shown }))
        else {
          terminal.print(`Added ${added.user.email}${options.operator ? ' as operator' : ''}.`)
          if (!options.passwordStdin) terminal.print(`Password: ${password} (shown once)`)
        }
      })
    })

  databaseCommand(group, 'list', 'Everybody who can sign in.', 'one line of JSON each').action(
    async (options: DatabaseOptions & { json?: boolean }) => {
      const users = await withStore(findDatabase(options, terminal.env), (store) => store.users.list())
      const rows = users.map(({ id, email, operator, groups, createdAt, disabledAt }) => ({
        id,
        email,
        operator,
        groups,
        createdAt,
        disabledAt,
      }))
      if (options.json) for (const row of rows) terminal.print(JSON.stringify(row))
      else {
        terminal.print(
          table(
            ['e-mail', 'role', 'state', 'id'],
            rows.map((row) => [
              row.email,
              row.operator ? 'operator' : 'person',
              row.disabledAt ? 'disabled' : 'active',
              row.id,
            ]),
          ),
        )
      }
    },
  )

  databaseCommand(
    group,
    'disable <email>',
    'Shut a person out: sessions end and grants are revoked at once.',
    'one line of JSON',
  ).action(async (email: string, options: DatabaseOptions & { json?: boolean }) => {
    await withStore(findDatabase(options, terminal.env), async (store) => {
      const found = await store.users.byEmail(normalEmail(email))
      if (found === undefined)
        throw new FailedError(`There is nobody with the address ${email}; see 'doorward user list'.`)
      await store.users.disable(found.id, clock(), () => ({
        type: 'user.disabled',
        outcome: 'allowed',
        reason: 'operator_asked',
        actor: found.id,
      }))
      terminal.print(
        options.json
          ? JSON.stringify({ id: found.id, email: found.email, disabled: true })
          : `Disabled ${found.email}.`,
      )
    })
  })
}
