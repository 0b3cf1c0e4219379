import { everything, type GovernOptions, govern } from '../govern/governor.ts'
import { table } from '../table.ts'
import { type AddCommand, governingCommand } from './command.ts'

interface AddOptions extends GovernOptions {
  readonly operator?: boolean
  readonly passwordStdin?: boolean
}

export const user: AddCommand = (program, terminal) => {
  const group = program.command('user').description('People who can sign in.')

  governingCommand(
    group,
    'add <email>',
    'Add a person; the password is read from standard input, or made up and printed once.',
    'one line of JSON',
  )
    .option('--operator', 'may govern this server')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (address: string, options: AddOptions) => {
      const given = options.passwordStdin ? (await terminal.readInput()).replace(/\r?\n$/, '') : undefined
      await govern(options, terminal, async ({ act }) => {
        const operator = options.operator === true
        const added = await act('people.add', { email: address, password: given, operator })
        const { id, email, password, signsInAt } = added
        if (options.json) terminal.print(JSON.stringify({ id, email, password, signsInAt }))
        else {
          terminal.print(`Added ${email}${operator ? ' as operator' : ''}.`)
          sayWayIn(added)
        }
      })
    })

  governingCommand(
    group,
    'password <email>',
    'Another password for a person, read from standard input, or made up and printed once; their sessions end.',
    'one line of JSON',
  )
    .option('--password-stdin', 'read the password from standard input')
    .option('--none', 'no password: the identity provider of their domain says who they are')
    .action((address: string, options: AddOptions & { readonly none?: boolean }) =>
      govern(options, terminal, async ({ act }) => {
        const given = options.passwordStdin ? (await terminal.readInput()).replace(/\r?\n$/, '') : undefined
        const changed = await act('people.password', { id: address, password: given, none: options.none === true })
        const { id, email, password, signsInAt } = changed
        if (options.json) terminal.print(JSON.stringify({ id, email, password, signsInAt }))
        else {
          terminal.print(`${email} has ${options.none ? 'no password' : 'another password'}.`)
          sayWayIn(changed)
          if (options.none && signsInAt === undefined)
            terminal.say(
              'No provider of the config has that domain, so nothing but a passkey or a linked account lets them in.',
            )
        }
      }),
    )

  /** What they sign in with, where it is new or not what an operator expects. */
  function sayWayIn({ password, signsInAt }: { readonly password?: string; readonly signsInAt?: string }): void {
    if (password !== undefined) terminal.print(`Password: ${password} (shown once)`)
    if (signsInAt !== undefined) terminal.print(`They sign in at ${signsInAt}; no password is taken for that domain.`)
  }

  governingCommand(group, 'list', 'Everybody who can sign in.', 'one line of JSON each').action(
    (options: GovernOptions) =>
      govern(options, terminal, async ({ act }) => {
        const people = await everything(async (after) => {
          const page = await act('people.list', { after, limit: 500 })
          return { items: page.people, next: page.next }
        })
        if (options.json) for (const person of people) terminal.print(JSON.stringify(person))
        else {
          terminal.print(
            table(
              ['e-mail', 'role', 'state', 'groups', 'id'],
              people.map(({ email, operator, disabledAt, groups, id }) => [
                email,
                operator ? 'operator' : 'person',
                disabledAt === undefined ? 'active' : 'disabled',
                groups.join(' ') || '-',
                id,
              ]),
            ),
          )
        }
      }),
  )

  governingCommand(
    group,
    'disable <email>',
    'Shut a person out: sessions end and grants are revoked at once.',
    'one line of JSON',
  ).action((address: string, options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      const { id, email } = await act('people.disable', { id: address })
      terminal.print(options.json ? JSON.stringify({ id, email, disabled: true }) : `Disabled ${email}.`)
    }),
  )

  governingCommand(
    group,
    'enable <email>',
    'Let a person sign in again who was shut out; what ended stays ended.',
    'one line of JSON',
  ).action((address: string, options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      const { id, email } = await act('people.enable', { id: address })
      terminal.print(options.json ? JSON.stringify({ id, email, disabled: false }) : `Enabled ${email}.`)
    }),
  )

  governingCommand(
    group,
    'groups <email>',
    'The groups of a person; what they have allowed follows at once, by the rules of the config file.',
    'one line of JSON',
  )
    .option('--set <names>', 'their own groups from now on, separated by commas; those of an identity provider stay')
    .action((address: string, options: GovernOptions & { readonly set?: string }) =>
      govern(options, terminal, async ({ act }) => {
        const groups = options.set
          ?.split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '')
        const id = address
        const person = await (groups === undefined ? act('people.show', { id }) : act('people.groups', { id, groups }))
        if (options.json) terminal.print(JSON.stringify(person))
        else terminal.print(`${person.email}: ${person.groups.join(', ') || 'no groups'}.`)
      }),
    )
}
