import { AUTHENTICATION_METHODS, DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { parseScope } from '@doorward/core/oauth/scope'
import { Option } from 'commander'
import type { OutputOf } from '../../authority/admin/act.ts'
import { PERMISSIONS } from '../../authority/admin/permissions.ts'
import { everything, type GovernOptions, type Governor, govern } from '../govern/governor.ts'
import { UsageError } from '../problem.ts'
import { table, when } from '../table.ts'
import { type AddCommand, governingCommand, type Terminal } from './command.ts'

type Client = OutputOf<'clients.show'>

interface AddOptions extends GovernOptions {
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

interface SecretOptions extends GovernOptions {
  readonly keepOlder?: boolean
  readonly endBefore?: string
}

interface ListOptions extends GovernOptions {
  readonly waiting?: boolean
  readonly text?: string
}

export const client: AddCommand = (program, terminal) => {
  const group = program.command('client').description('Applications and programs that may ask for access.')
  const common = (name: string, description: string) =>
    governingCommand(group, name, description, 'JSON, one line each')

  common(
    'add',
    'Register an application by hand: one that takes a pasted client id, a program that acts for itself, or an MCP server that asks about tokens.',
  )
    .option('--redirect <uri...>', 'where answers may go')
    .addOption(
      new Option(
        '--grant <type...>',
        'authorization_code (default), device_code for one without a browser, client_credentials for one that acts for itself',
      ).choices(GRANTS),
    )
    .option('--name <name>', 'what people see')
    .option('--id <id>', 'the client id (made up where left out)')
    .addOption(new Option('--auth <method>', 'how it proves who it is').choices(AUTHENTICATION_METHODS).default('none'))
    .option('--jwks-uri <url>', 'where its public keys are, for private_key_jwt and self_signed_tls_client_auth')
    .option('--subject <dn>', 'the subject of its certificate (RFC 4514), for tls_client_auth')
    .option('--certificate-bound', 'its tokens are bound to its certificate')
    .option('--scope <scopes>', 'scopes it may ask for, separated by spaces')
    .action((options: AddOptions) => {
      assertComplete(options)
      return govern(options, terminal, (governor) => add(governor, terminal, options))
    })

  common('list', 'Every application, registered by an operator or by itself.')
    .option('--waiting', 'only those that wait for an operator')
    .option('--text <text>', 'only those with this in their id, name or addresses')
    .action((options: ListOptions) =>
      govern(options, terminal, async ({ act }) => {
        const clients = await everything(async (after) => {
          const state = options.waiting ? 'waiting' : undefined
          const page = await act('clients.list', { after, state, text: options.text, limit: 500 })
          return { items: page.clients, next: page.next }
        })
        // The newest last, where the prompt is.
        clients.reverse()
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

  common('show <id>', 'Everything known of one application.').action((id: string, options: GovernOptions) =>
    govern(options, terminal, async ({ act }) => {
      const found = await act('clients.show', { id })
      terminal.print(options.json ? JSON.stringify(found) : JSON.stringify(found, null, 2))
    }),
  )

  for (const [verb, description, word] of [
    ['approve', 'Admit it: whoever waits for that goes on in the same tab.', 'approved'],
    ['block', 'Refuse it from now on, also when it registers again; its grants end.', 'blocked'],
    ['unblock', 'Let it ask people again; ended grants stay ended.', 'unblocked'],
  ] as const) {
    common(`${verb} <id>`, description).action((id: string, options: GovernOptions) =>
      govern(options, terminal, async ({ act }) => {
        await act(`clients.${verb}`, { id })
        const done = word === 'approved' ? 'admitted' : word
        terminal.print(options.json ? JSON.stringify({ id, [word]: true }) : `The application ${id} is ${done}.`)
      }),
    )
  }

  common(
    'secret <id>',
    'Another secret for one that an operator or a person registered; the ones of before are void at once, grants and tokens stay.',
  )
    .option('--keep-older', 'the ones of before stay good, until --end-before')
    .addOption(
      new Option('--end-before <seconds>', 'none is made; those that were issued before are void').conflicts(
        'keepOlder',
      ),
    )
    .action((id: string, options: SecretOptions) =>
      govern(options, terminal, (governor) =>
        options.endBefore === undefined
          ? renewSecret(governor, terminal, id, options)
          : endSecrets(governor, terminal, id, options.endBefore, options),
      ),
    )

  common('remove <id>', 'Forget it and its grants. A blocked one stays remembered.').action(
    (id: string, options: GovernOptions) =>
      govern(options, terminal, async ({ act }) => {
        await act('clients.remove', { id })
        terminal.print(options.json ? JSON.stringify({ id, removed: true }) : `Removed ${id}.`)
      }),
  )
}

const KNOWN_BY: Readonly<Record<Client['assurance'], string>> = {
  operator: 'operator',
  user: 'a person, for themselves',
  statement: 'signed statement',
  domain: 'its domain',
  invited: 'invite',
  claimed: 'its own word',
}

function stateOf({ blockedAt, approvedAt, askedAt, goneAt }: Client): string {
  if (blockedAt !== undefined) return 'blocked'
  if (goneAt !== undefined) return 'gone'
  if (approvedAt !== undefined) return 'admitted'
  return askedAt === undefined ? 'open' : 'waits for you'
}

const GRANTS = ['authorization_code', 'refresh_token', 'device_code', 'client_credentials']

/** In the words of this command; what is left the server refuses in its own. */
function assertComplete({ redirect, grant = ['authorization_code'], auth, scope }: AddOptions): void {
  if (grant.includes('authorization_code') && redirect === undefined) {
    throw new UsageError(
      'An application that people sign in to needs --redirect: each address that its answers may go to, like https://app.example.com/callback. A program that acts for itself needs none, with --grant client_credentials.',
    )
  }
  if (!grant.includes('client_credentials')) return
  if (auth === 'none') {
    throw new UsageError(
      'A program that acts for itself has to prove who it is: --auth client_secret_basic gives it a secret, --auth private_key_jwt with --jwks-uri takes its own key.',
    )
  }
  if (scope === undefined)
    throw new UsageError('A program that acts for itself needs --scope: all that it may ever have.')
}

async function add({ act, scopes }: Governor, terminal: Terminal, options: AddOptions): Promise<void> {
  const {
    client_id,
    client_id_issued_at: _,
    client_secret_expires_at: __,
    ...rest
  } = await act('clients.add', {
    ...(options.id === undefined ? {} : { client_id: options.id }),
    redirect_uris: options.redirect,
    grant_types: options.grant?.map((type) => (type === 'device_code' ? DEVICE_GRANT : type)),
    token_endpoint_auth_method: options.auth,
    client_name: options.name,
    jwks_uri: options.jwksUri,
    tls_client_auth_subject_dn: options.subject,
    tls_client_certificate_bound_access_tokens: options.certificateBound,
    scope: options.scope,
  })
  const known = scopes?.()
  const strange = parseScope(options.scope).filter(
    (scope) => known?.includes(scope) === false && !Object.hasOwn(PERMISSIONS, scope),
  )
  if (strange.length > 0) {
    terminal.say(
      `Note: no resource of the config file has the scope ${strange.join(', ')}, so that it gets nothing by that; there are ${known?.join(', ')}.`,
    )
  }
  if (options.json) terminal.print(JSON.stringify({ client_id, ...rest }))
  else {
    terminal.print(`Client id: ${client_id}`)
    if (rest.client_secret !== undefined) terminal.print(`Client secret: ${rest.client_secret} (shown once)`)
  }
}

async function renewSecret(
  { act }: Governor,
  terminal: Terminal,
  id: string,
  { keepOlder = false, json }: SecretOptions,
): Promise<void> {
  const made = await act('clients.renewSecret', { id, keepOlder })
  if (json) return terminal.print(JSON.stringify(made))
  terminal.print(`Client secret: ${made.client_secret} (shown once)`)
  terminal.say(
    keepOlder
      ? `Those of before are good too. Where it is in use everywhere, end them: doorward client secret ${id} --end-before ${made.client_secret_issued_at}`
      : 'Those of before are void. Grants and tokens stay; to end them too: doorward grant list, doorward grant revoke.',
  )
}

async function endSecrets(
  { act }: Governor,
  terminal: Terminal,
  id: string,
  given: string,
  { json }: SecretOptions,
): Promise<void> {
  if (!/^[0-9]{1,12}$/.test(given))
    throw new UsageError('--end-before takes seconds since 1970, as the command that made the newer one printed them.')
  const ended = await act('clients.endSecrets', { id, before: Number(given) })
  terminal.print(
    json ? JSON.stringify(ended) : `Secrets of ${id} from before ${when(ended.secretsNotBefore)} are void.`,
  )
}
