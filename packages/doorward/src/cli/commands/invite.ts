import { randomBytes } from 'node:crypto'
import { deriveKey } from '@doorward/core/kernel/seal'
import { timeOrderedId } from '../../authority/ids.ts'
import { inviteToken } from '../../authority/registration/invite-token.ts'
import type { StoredInvite } from '../../store/store.ts'
import { clock } from '../compose.ts'
import { type DatabaseOptions, findDatabase, withStore } from '../database.ts'
import { FailedError, UsageError } from '../problem.ts'
import { serverSecret } from '../secret.ts'
import { table, when } from '../table.ts'
import type { AddCommand, Terminal } from './command.ts'

type Common = DatabaseOptions & { readonly json?: boolean }

interface CreateOptions extends Common {
  readonly uses: string
  readonly days: string
  readonly host?: string[]
  readonly scope?: string
  readonly note?: string
}

const DAY = 86_400

export const invite: AddCommand = (program, terminal) => {
  const group = program
    .command('invite')
    .description('Initial access tokens: who holds one may register an application.')
  const common = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .option('--database <path>', 'which database')
      .option('--config <file>', 'which config file')
      .option('--json', 'JSON, one line each')

  common('create', 'Make a token to hand out; it is shown once.')
    .option('--uses <count>', 'how many applications it may register', '1')
    .option('--days <days>', 'how long it is good', '7')
    .option('--host <hosts...>', 'hosts (or schemes with colon) that answers may go to; any where left out')
    .option('--scope <scopes>', 'the most that such an application is ever granted, separated by spaces')
    .option('--note <text>', 'for whom it is')
    .action((options: CreateOptions) => create(terminal, options))

  common('list', 'Every invite, and how often it was used.').action((options: Common) =>
    withStore(findDatabase(options, terminal.env), async (store) => {
      const invites = await store.invites.list()
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

  common('revoke <id>', 'It registers nothing more; what it registered stays.').action((id: string, options: Common) =>
    withStore(findDatabase(options, terminal.env), async (store) => {
      const verdict = await store.invites.revoke(id, clock(), (outcome) =>
        outcome === 'done'
          ? { type: 'invite.revoked', outcome: 'allowed', reason: 'operator_asked', detail: { invite: id } }
          : undefined,
      )
      if (verdict === 'unknown') throw new FailedError(`There is no open invite ${id}; see 'doorward invite list'.`)
      terminal.print(options.json ? JSON.stringify({ id, revoked: true }) : `The invite ${id} is revoked.`)
    }),
  )
}

async function create(terminal: Terminal, options: CreateOptions): Promise<void> {
  const database = findDatabase(options, terminal.env)
  const now = clock()
  const id = timeOrderedId(now * 1000, randomBytes)
  const entry = {
    id,
    note: (options.note ?? '').slice(0, 200),
    mostUses: whole('--uses', options.uses, 100_000),
    redirectHosts: options.host ?? [],
    scopes: options.scope?.split(' ').filter((scope) => scope !== '') ?? [],
    createdAt: now,
    expiresAt: now + whole('--days', options.days, 3650) * DAY,
  }
  await withStore(database, (store) =>
    store.invites.add(entry, () => ({
      type: 'invite.created',
      outcome: 'allowed',
      reason: 'operator_asked',
      detail: { invite: id, uses: entry.mostUses },
    })),
  )
  const token = inviteToken(deriveKey(serverSecret(database, terminal.env), 'invites'), id)
  if (options.json) terminal.print(JSON.stringify({ token, ...entry }))
  else {
    terminal.print(`Initial access token: ${token} (shown once)`)
    terminal.print(
      `It registers ${entry.mostUses === 1 ? 'one application' : `${entry.mostUses} applications`} until ${when(entry.expiresAt)}.`,
    )
  }
}

function stateOf({ revokedAt, expiresAt, uses, mostUses }: StoredInvite): string {
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
