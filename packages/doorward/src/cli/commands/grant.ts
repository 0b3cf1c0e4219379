import type { OutputOf } from '../../authority/admin/act.ts'
import { everything, type GovernOptions, govern } from '../govern/governor.ts'
import { table, when } from '../table.ts'
import { type AddCommand, governingCommand } from './command.ts'

type Grant = OutputOf<'grants.list'>['grants'][number]

interface ListOptions extends GovernOptions {
  readonly user?: string
  readonly client?: string
  readonly all?: boolean
}

export const grant: AddCommand = (program, terminal) => {
  const group = program.command('grant').description('What people have allowed, and what programs have.')

  governingCommand(group, 'list', 'Live grants: who allowed which application what.', 'one line of JSON each')
    .option('--user <email>', 'of one person only')
    .option('--client <id>', 'of one application only')
    .option('--all', 'ended ones too')
    .action((options: ListOptions) =>
      govern(options, terminal, async ({ act }) => {
        const person = options.user === undefined ? undefined : (await act('people.show', { id: options.user })).id
        const grants = await everything(async (after) => {
          const { client, all } = options
          const page = await act('grants.list', { person, client, all, after, limit: 500 })
          return { items: page.grants, next: page.next }
        })
        const now = Date.now() / 1000
        // The newest last, where the prompt is.
        grants.reverse()
        if (options.json) {
          for (const entry of grants) terminal.print(JSON.stringify(entry))
          return
        }
        terminal.print(
          table(
            ['id', 'person', 'application', 'MCP server', 'scopes', 'details', 'last used', 'from', 'ends', 'state'],
            grants.map((entry) => [
              entry.id,
              whoFor(entry, entry.person ?? entry.userId),
              entry.application ?? entry.clientId,
              entry.resource,
              entry.scope,
              (entry.authorizationDetails ?? []).map(({ type }) => type).join(', '),
              entry.kind === undefined ? when(entry.usedAt ?? entry.rotatedAt ?? entry.openedAt) : '',
              entry.usedNetwork ?? entry.network ?? '',
              entry.endsAt === undefined ? `${when(entry.expiresAt)} if unused` : when(entry.endsAt),
              entry.revokedReason ?? (entry.expiresAt <= now ? 'ended' : 'live'),
            ]),
          ),
        )
      }),
    )

  governingCommand(
    group,
    'revoke <id>',
    'End a grant: no refreshing; access tokens end at the gateway with the next call, at followers within two seconds.',
    'one line of JSON',
  ).action((id: string, options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      const { verdict } = await act('grants.revoke', { id })
      const text = verdict === 'already' ? `The grant ${id} was revoked before.` : `Revoked ${id}.`
      terminal.print(options.json ? JSON.stringify({ id, verdict }) : text)
    }),
  )

  governingCommand(
    group,
    'narrow <id>',
    'Leave a grant less than it holds: its access tokens of before end like those of a revoked one; the client refreshes.',
    'one line of JSON',
  )
    .requiredOption('--scope <scopes>', 'what stays, separated by spaces or commas')
    .action((id: string, options: GovernOptions & { readonly scope: string }) =>
      govern(options, terminal, async ({ act }) => {
        const scopes = options.scope.split(/[\s,]+/).filter(Boolean)
        const { verdict, scope } = await act('grants.narrow', { id, scopes })
        const text = verdict === 'same' ? `The grant ${id} holds no more than that.` : `Narrowed ${id}.`
        terminal.print(options.json ? JSON.stringify({ id, verdict, scope }) : text)
      }),
    )
}

/** On whose behalf, and where no person agreed to it, at whose word. */
function whoFor({ kind }: Grant, subject: string): string {
  switch (kind) {
    case undefined:
      return subject
    case 'client':
      return 'itself'
    case 'assertion':
      return `${subject} (on an assertion)`
    case 'exchange':
      return `${subject} (in exchange)`
    default:
      return kind satisfies never
  }
}
