import { normalEmail } from '../../authority/identity/users.ts'
import type { Narrowing, Store, StoredGrant } from '../../store/store.ts'
import { clock } from '../compose.ts'
import { type DatabaseOptions, findDatabase, withStore } from '../database.ts'
import { FailedError } from '../problem.ts'
import { table, when } from '../table.ts'
import { type AddCommand, databaseCommand } from './command.ts'

type Common = DatabaseOptions & { readonly json?: boolean; readonly user?: string; readonly all?: boolean }

export const grant: AddCommand = (program, terminal) => {
  const group = program.command('grant').description('What people have allowed, and what programs have.')

  databaseCommand(group, 'list', 'Live grants: who allowed which application what.', 'one line of JSON each')
    .option('--user <email>', 'of one person only')
    .option('--all', 'ended ones too')
    .action((options: Common) =>
      withStore(findDatabase(options, terminal.env), async (store) => {
        const person = options.user === undefined ? undefined : await store.users.byEmail(normalEmail(options.user))
        if (options.user !== undefined && person === undefined) {
          throw new FailedError(`There is nobody with the address ${options.user}; see 'doorward user list'.`)
        }
        const grants = await store.grants.list({ userId: person?.id, live: options.all !== true, now: clock() })
        if (options.json) {
          for (const entry of grants) terminal.print(JSON.stringify(entry))
          return
        }
        const emails = new Map((await store.users.list()).map(({ id, email }) => [id, email]))
        const names = new Map(
          (await store.clients.list()).map(({ id, metadata }) => [id, String(metadata.client_name ?? id)]),
        )
        terminal.print(
          table(
            ['id', 'person', 'application', 'MCP server', 'scopes', 'details', 'last used', 'from', 'ends', 'state'],
            grants.map((entry) => [
              entry.id,
              whoFor(entry, emails.get(entry.userId) ?? entry.userId),
              names.get(entry.clientId) ?? entry.clientId,
              entry.resource,
              entry.scope,
              (entry.authorizationDetails ?? []).map(({ type }) => type).join(', '),
              entry.kind === undefined ? when(entry.usedAt ?? entry.rotatedAt ?? entry.openedAt) : '',
              entry.usedNetwork ?? entry.network ?? '',
              entry.endsAt === undefined ? `${when(entry.expiresAt)}, unused` : when(entry.endsAt),
              entry.revokedReason ?? 'live',
            ]),
          ),
        )
      }),
    )

  databaseCommand(
    group,
    'revoke <id>',
    'End a grant: no refreshing; access tokens end at the gateway with the next call, at followers within two seconds.',
    'one line of JSON',
  ).action((id: string, options: Common) =>
    withStore(findDatabase(options, terminal.env), async (store) => {
      const found = await store.grants.find(id)
      const verdict = await store.grants.revoke(id, { now: clock(), reason: 'operator_revoked' }, (outcome) =>
        outcome === 'revoked'
          ? {
              type: 'grant.revoked',
              outcome: 'allowed',
              reason: 'operator_revoked',
              grant: id,
              actor: found?.userId,
              client: found?.clientId,
              resource: found?.resource,
            }
          : undefined,
      )
      if (verdict === 'unknown') throw new FailedError(`There is no grant ${id}; see 'doorward grant list'.`)
      const text = verdict === 'already' ? `The grant ${id} was revoked before.` : `Revoked ${id}.`
      terminal.print(options.json ? JSON.stringify({ id, verdict }) : text)
    }),
  )

  databaseCommand(
    group,
    'narrow <id>',
    'Leave a grant less than it holds: its access tokens of before end like those of a revoked one; the client refreshes.',
    'one line of JSON',
  )
    .requiredOption('--scope <scopes>', 'what stays, separated by spaces or commas')
    .action((id: string, options: Common & { readonly scope: string }) =>
      withStore(findDatabase(options, terminal.env), async (store) => {
        const scopes = options.scope.split(/[\s,]+/).filter(Boolean)
        const verdict = await narrowAsOperator(store, id, scopes)
        if (verdict === 'unknown') throw new FailedError(`There is no grant ${id}; see 'doorward grant list'.`)
        if (verdict === 'ended') throw new FailedError(`The grant ${id} has ended; see 'doorward grant list --all'.`)
        if (verdict === 'wider')
          throw new FailedError(`The grant ${id} does not hold '${options.scope}'; name some of what it holds.`)
        const text = verdict === 'same' ? `The grant ${id} holds no more than that.` : `Narrowed ${id}.`
        terminal.print(options.json ? JSON.stringify({ id, verdict, scope: scopes.join(' ') }) : text)
      }),
    )
}

async function narrowAsOperator(store: Store, id: string, scopes: readonly string[]): Promise<Narrowing> {
  if (scopes.length === 0) return 'wider'
  const found = await store.grants.find(id)
  const to = { now: clock(), scope: scopes.join(' '), voidsTokens: true }
  return store.grants.narrow(id, to, (verdict) =>
    verdict === 'narrowed'
      ? {
          type: 'grant.narrowed',
          outcome: 'allowed',
          reason: 'operator_asked',
          grant: id,
          actor: found?.userId,
          client: found?.clientId,
          resource: found?.resource,
          detail: { from: found?.scope ?? '', to: to.scope },
        }
      : undefined,
  )
}

/** On whose behalf, and where no person agreed to it, at whose word. */
function whoFor({ kind }: StoredGrant, subject: string): string {
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
