import type { OutputOf } from '../../authority/admin/act.ts'
import { clock } from '../compose.ts'
import { type GovernOptions, type Governor, govern } from '../govern/governor.ts'
import { UsageError } from '../problem.ts'
import { table, when } from '../table.ts'
import { type AddCommand, governingCommand, type Terminal } from './command.ts'

interface CreateOptions extends GovernOptions {
  readonly uses: string
  readonly days: string
  readonly host?: string[]
  readonly scope?: string
  readonly note?: string
}

export const invite: AddCommand = (program, terminal) => {
  const group = program
    .command('invite')
    .description('Initial access tokens: who holds one may register an application.')
  const common = (name: string, description: string) =>
    governingCommand(group, name, description, 'JSON, one line each')

  common('create', 'Make a token to hand out; it is shown once.')
    .option('--uses <count>', 'how many applications it may register', '1')
    .option('--days <days>', 'how long it is good', '7')
    .option('--host <hosts...>', 'hosts (or schemes with colon) that answers may go to; any where left out')
    .option('--scope <scopes>', 'the most that such an application is ever granted, separated by spaces')
    .option('--note <text>', 'for whom it is')
    .action((options: CreateOptions) => govern(options, terminal, (governor) => create(governor, terminal, options)))

  common('list', 'Every invite, and how often it was used.').action((options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      const { invites } = await act('invites.list', {})
      if (options.json) for (const entry of invites) terminal.print(JSON.stringify(entry))
      else {
        const rows = invites.map((entry) => [
          entry.id,
          entry.note || '-',
          `${entry.uses} of ${entry.mostUses}`,
          entry.redirectHosts.join(' ') || 'any',
          entry.scopes.join(' ') || 'any',
          when(entry.expiresAt),
          stateOf(entry),
        ])
        terminal.print(table(['id', 'note', 'used', 'hosts', 'scopes', 'until', 'state'], rows))
      }
    }),
  )

  common('revoke <id>', 'It registers nothing more; what it registered stays.').action(
    (id: string, options: GovernOptions) =>
      govern(options, terminal, async ({ act }) => {
        await act('invites.revoke', { id })
        terminal.print(options.json ? JSON.stringify({ id, revoked: true }) : `The invite ${id} is revoked.`)
      }),
  )
}

async function create({ act }: Governor, terminal: Terminal, options: CreateOptions): Promise<void> {
  const { token, ...entry } = await act('invites.create', {
    uses: whole('--uses', options.uses, 100_000),
    days: whole('--days', options.days, 3650),
    redirect_hosts: options.host,
    scopes: options.scope?.split(' ').filter((scope) => scope !== ''),
    note: options.note,
  })
  if (options.json) terminal.print(JSON.stringify({ token, ...entry }))
  else {
    terminal.print(`Initial access token: ${token} (shown once)`)
    terminal.print(
      `It registers ${entry.mostUses === 1 ? 'one application' : `${entry.mostUses} applications`} until ${when(entry.expiresAt)}.`,
    )
  }
}

function stateOf({ revokedAt, expiresAt, uses, mostUses }: OutputOf<'invites.list'>['invites'][number]): string {
  if (revokedAt !== undefined) return 'revoked'
  if (expiresAt <= clock()) return 'expired'
  return uses >= mostUses ? 'used up' : 'open'
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new UsageError(`${option} is '${text}'; give a whole number from 1 to ${most}.`)
  return value
}
