import { existsSync } from 'node:fs'
import { hmacSha256 } from '@doorward/core/kernel/digest'
import { VERSION } from '@doorward/core/kernel/version'
import { isLoopbackHost } from '@doorward/core/oauth/redirect-uri'
import { addUser } from '../authority/identity/users.ts'
import { home } from '../console/words/en/home.ts'
import type { Terminal } from './commands/command.ts'
import { clock } from './compose.ts'
import { DEFAULT_HOST, DEFAULT_PORT, issuerHere, readConfig } from './config.ts'
import { DEV_DATABASE, SERVE_DATABASE } from './database.ts'
import { isPostgres, shownDatabase } from './database-address.ts'
import { prepareDatabaseFile, SERVER_SETTING } from './database-file.ts'
import type { ServedResource } from './door.ts'
import { run, serveUntilStopped } from './run.ts'
import { serverSecret } from './secret.ts'
import { snippetsFor } from './snippets.ts'
import { telemetryOf } from './telemetry.ts'

export const OPERATOR_EMAIL = 'operator@localhost'

export interface Development {
  readonly name: string
  readonly title: string
  readonly json: boolean
  readonly resource: (uri: string) => Omit<ServedResource, 'uri'>
  /** What stands behind the resource: where it is another than last time, what was granted for the one before ends. */
  readonly behind: string
  /** MCP servers elsewhere that verify tokens themselves. */
  readonly others?: readonly ServedResource[]
}

/** What `dev` and `protect` share: one loopback port, an embedded database, one operator, and what to paste where. */
export async function development(terminal: Terminal, wanted: Development): Promise<void> {
  const config = readConfig(undefined, terminal.env)
  const database = config.database ?? DEV_DATABASE
  const host = config.host ?? DEFAULT_HOST
  const isNew = database === ':memory:' || (!isPostgres(database) && !existsSync(database))
  prepareDatabaseFile(database, SERVER_SETTING)
  const secret = serverSecret(database, terminal.env)
  let mcp = ''
  let snippets: ReturnType<typeof snippetsFor> = []
  const running = await run({ host, port: config.port ?? DEFAULT_PORT }, async (port) => {
    const issuer = config.issuer ?? issuerHere('http', port)
    mcp = `${issuer}/mcp`
    snippets = snippetsFor(wanted.name, mcp)
    const own = isLoopbackHost(new URL(issuer).hostname)
    const resources = [{ uri: mcp, ...wanted.resource(mcp) }, ...(wanted.others ?? [])]
    return {
      issuer,
      database,
      secret,
      resources,
      telemetry: await telemetryOf(config, terminal, { issuer, database, version: VERSION, resources }),
      snippets,
      development: own,
      // Whoever can reach this computer's own port is this computer.
      ...(own ? { registration: { newPerHourAndNetwork: 100_000, newPerHour: 100_000 } } : {}),
    }
  })
  await running.house.context.store.upstreams.bind(mcp, wanted.behind, clock(), (verdict) =>
    verdict === 'changed'
      ? { type: 'grant.revoked', outcome: 'allowed', reason: 'upstream_changed', resource: mcp }
      : undefined,
  )
  // Derived, so that it is the same at every start and lies nowhere.
  const password = hmacSha256(secret, 'development operator').toString('base64url').slice(0, 20)
  const { store, random } = running.house.context
  await addUser({ store, random, now: clock }, { email: OPERATOR_EMAIL, password, operator: true })

  const { issuer } = running
  if (!['127.0.0.1', 'localhost', '::1'].includes(host)) {
    terminal.say(`Listening on ${host}: others in your network can reach this development server.`)
  }
  if (wanted.json) {
    terminal.print(
      JSON.stringify({
        issuer,
        mcp,
        operator: { email: OPERATOR_EMAIL, password },
        database: shownDatabase(database),
        metrics: running.metrics,
      }),
    )
  } else {
    // Another that lies here would be meant otherwise. An address holds a password, which does not belong there.
    const isMeant = database === DEV_DATABASE && !existsSync(SERVE_DATABASE)
    const which = isMeant || database === ':memory:' || isPostgres(database) ? '' : ` --database ${database}`
    const others = (wanted.others ?? []).map(({ uri }) => uri)
    terminal.print(welcome(wanted.title, { issuer, mcp, others, password, database, which, isNew }, snippets))
  }
  await serveUntilStopped(running, terminal)
}

function welcome(
  title: string,
  facts: {
    issuer: string
    mcp: string
    others: readonly string[]
    password: string
    database: string
    which: string
    isNew: boolean
  },
  snippets: ReturnType<typeof snippetsFor>,
): string {
  return [
    '',
    `  Doorward  ${title}`,
    '',
    `  MCP server     ${facts.mcp}`,
    ...facts.others.map((uri) => `  And            ${uri}, which guards itself: paste its address instead`),
    `  Start page     ${facts.issuer}/`,
    `  Sign in with   ${OPERATOR_EMAIL}`,
    `  Password       ${facts.password}`,
    `  Database       ${shownDatabase(facts.database)}${facts.isNew ? ' (new)' : ''}`,
    '',
    '  Paste one of these, then connect; your browser opens and asks.',
    ...snippets.flatMap(({ client, hint, text }) => [
      '',
      `  ${client}: ${home.hints[hint]}`,
      ...text.split('\n').map((line) => `    ${line}`),
    ]),
    '',
    `  See every decision as it is made: 'npx doorward events --follow${facts.which}'. Where something could not connect, and`,
    `  why: 'npx doorward trace${facts.which}'. Stop with Ctrl-C.`,
    '',
  ].join('\n')
}
