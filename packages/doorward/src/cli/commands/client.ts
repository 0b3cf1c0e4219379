import { randomBytes } from 'node:crypto'
import { deriveKey } from '@doorward/core/kernel/seal'
import { isClientIdUrl } from '@doorward/core/oauth/client-id-url'
import { AUTHENTICATION_METHODS } from '@doorward/core/oauth/client-metadata'
import { deriveClientSecret } from '../../authority/token/client-secret.ts'
import type { Assurance, StoredClient } from '../../store/store.ts'
import { clock } from '../compose.ts'
import { operatorsClient } from '../configured-clients.ts'
import { type DatabaseOptions, findDatabase, withStore } from '../database.ts'
import { FailedError, UsageError } from '../problem.ts'
import { serverSecret } from '../secret.ts'
import { table, when } from '../table.ts'
import type { AddCommand, Terminal } from './command.ts'

type Common = DatabaseOptions & { readonly json?: boolean }

interface AddOptions extends Common {
  readonly redirect?: string[]
  readonly grant?: string[]
  readonly name?: string
  readonly id?: string
  readonly auth: string
  readonly scope?: string
  readonly jwksUri?: string
  readonly subject?: string
  readonly certificateBound?: boolean
}

export const client: AddCommand = (program, terminal) => {
  const group = program.command('client').description('Applications and programs that may ask for access.')
  const common = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .option('--database <path>', 'which database')
      .option('--config <file>', 'which config file')
      .option('--json', 'JSON, one line each')

  common(
    'add',
    'Register an application by hand: one that takes a pasted client id, a program that acts for itself, or an MCP server that asks about tokens.',
  )
    .option('--redirect <uri...>', 'where answers may go')
    .option(
      '--grant <type...>',
      'authorization_code (default), device_code for one without a browser, client_credentials for one that acts for itself',
    )
    .option('--name <name>', 'what people see')
    .option('--id <id>', 'the client id (made up where left out)')
    .option('--auth <method>', `one of ${AUTHENTICATION_METHODS.join(', ')}`, 'none')
    .option('--jwks-uri <url>', 'where its public keys are, for private_key_jwt and self_signed_tls_client_auth')
    .option('--subject <dn>', 'the subject of its certificate (RFC 4514), for tls_client_auth')
    .option('--certificate-bound', 'its tokens are bound to its certificate')
    .option('--scope <scopes>', 'scopes it may ask for, separated by spaces')
    .action((options: AddOptions) => add(terminal, options))

  common('list', 'Every application, registered by an operator or by itself.').action((options: Common) =>
    withStore(findDatabase(options, terminal.env), async (store) => {
      const clients = await store.clients.list()
      if (options.json) for (const entry of clients) terminal.print(JSON.stringify(entry))
      else {
        terminal.print(
          table(
            ['id', 'name', 'known by', 'registered', 'last used', 'state'],
            clients.map((entry) => [
              entry.id,
              String(entry.metadata.client_name ?? '-'),
              KNOWN_BY[entry.assurance],
              when(entry.createdAt),
              when(entry.usedAt),
              stateOf(entry),
            ]),
          ),
        )
      }
    }),
  )

  common('approve <id>', 'Admit it: whoever waits for that goes on in the same tab.').action(
    (id: string, options: Common) =>
      withStore(findDatabase(options, terminal.env), async (store) => {
        const verdict = await store.clients.approve(id, { now: clock(), by: 'the command line' }, (outcome) =>
          outcome === 'done'
            ? { type: 'client.approved', outcome: 'allowed', reason: 'operator_asked', client: id }
            : undefined,
        )
        if (verdict === 'unknown') unknown(id)
        terminal.print(options.json ? JSON.stringify({ id, approved: true }) : `The application ${id} is admitted.`)
      }),
  )

  common('show <id>', 'Everything known of one application.').action((id: string, options: Common) =>
    withStore(findDatabase(options, terminal.env), async (store) => {
      const found = (await store.clients.find(id)) ?? unknown(id)
      terminal.print(options.json ? JSON.stringify(found) : JSON.stringify(found, null, 2))
    }),
  )

  for (const [name, description, at, type] of [
    ['block <id>', 'Refuse it from now on, also when it registers again; its grants end.', clock, 'client.blocked'],
    ['unblock <id>', 'Let it ask people again; ended grants stay ended.', () => undefined, 'client.unblocked'],
  ] as const) {
    common(name, description).action((id: string, options: Common) =>
      withStore(findDatabase(options, terminal.env), async (store) => {
        // A document that nobody came with yet can be blocked all the same: it is refused before anything is fetched.
        if (type === 'client.blocked' && isClientIdUrl(id)) await store.clients.put(documentClient(id))
        const verdict = await store.clients.block(id, at(), (outcome) =>
          outcome === 'done' ? { type, outcome: 'allowed', reason: 'operator_asked', client: id } : undefined,
        )
        if (verdict === 'unknown') unknown(id)
        const word = type === 'client.blocked' ? 'blocked' : 'unblocked'
        terminal.print(options.json ? JSON.stringify({ id, [word]: true }) : `The application ${id} is ${word}.`)
      }),
    )
  }

  common('remove <id>', 'Forget it and its grants. A blocked one stays remembered.').action(
    (id: string, options: Common) =>
      withStore(findDatabase(options, terminal.env), async (store) => {
        const found = (await store.clients.find(id)) ?? unknown(id)
        if (found.blockedAt !== undefined) {
          throw new FailedError(
            `The application ${id} is blocked and has to stay remembered for that; unblock it first.`,
          )
        }
        await store.clients.remove(id, clock(), () => ({
          type: 'client.removed',
          outcome: 'allowed',
          reason: 'operator_asked',
          client: id,
        }))
        terminal.print(options.json ? JSON.stringify({ id, removed: true }) : `Removed ${id}.`)
      }),
  )
}

const KNOWN_BY: Readonly<Record<Assurance, string>> = {
  operator: 'operator',
  user: 'a person, for themselves',
  statement: 'signed statement',
  domain: 'its domain',
  invited: 'invite',
  claimed: 'its own word',
}

function stateOf({ blockedAt, approvedAt, askedAt, goneAt }: StoredClient): string {
  if (blockedAt !== undefined) return 'blocked'
  if (goneAt !== undefined) return 'gone'
  if (approvedAt !== undefined) return 'admitted'
  return askedAt === undefined ? 'open' : 'waits for you'
}

function documentClient(id: string): StoredClient {
  return { id, assurance: 'domain', metadata: { redirect_uris: [] }, createdAt: clock(), secretsNotBefore: 0 }
}

async function add(terminal: Terminal, options: AddOptions): Promise<void> {
  const database = findDatabase(options, terminal.env)
  const now = clock()
  const id = options.id ?? `dwo_${randomBytes(12).toString('base64url')}`
  if (!/^[\x21-\x7e]{1,200}$/.test(id))
    throw new UsageError(`The client id '${id}' has spaces or is too long; give printable characters.`)
  const stored = operatorsClient(id, {
    redirect_uris: options.redirect,
    grant_types: options.grant,
    token_endpoint_auth_method: options.auth,
    client_name: options.name,
    jwks_uri: options.jwksUri,
    tls_client_auth_subject_dn: options.subject,
    tls_client_certificate_bound_access_tokens: options.certificateBound,
    scope: options.scope,
  })
  const verdict = await withStore(database, (store) =>
    store.clients.put(stored, (outcome) =>
      outcome === 'new'
        ? { type: 'client.added', outcome: 'allowed', reason: 'operator_asked', client: id }
        : undefined,
    ),
  )
  if (verdict === 'known')
    throw new FailedError(`There is a client ${id} already; choose another --id, or remove that one.`)
  const secret =
    options.auth === 'client_secret_basic' || options.auth === 'client_secret_post'
      ? deriveClientSecret(deriveKey(serverSecret(database, terminal.env), 'client secrets'), {
          clientId: id,
          nonce: randomBytes(12),
          issuedAt: now,
          expiresAt: 0,
        })
      : undefined
  if (options.json)
    terminal.print(
      JSON.stringify({ client_id: id, ...(secret === undefined ? {} : { client_secret: secret }), ...stored.metadata }),
    )
  else {
    terminal.print(`Client id: ${id}`)
    if (secret !== undefined) terminal.print(`Client secret: ${secret} (shown once)`)
  }
}

function unknown(id: string): never {
  throw new FailedError(`There is no application ${id}; see 'doorward client list'.`)
}
