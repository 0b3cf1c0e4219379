import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { connectionFailure } from '../../gateway/connection-failure.ts'
import { readConfig } from '../config.ts'
import type { ResourceConfig } from '../config-schema.ts'
import { DEV_DATABASE } from '../database.ts'
import { development } from '../development.ts'
import { environmentWords } from '../environment-words.ts'
import { UsageError } from '../problem.ts'
import { isAt, type ProposalOptions, proposal } from '../proposal.ts'
import type { AddCommand } from './command.ts'
import { servedResource } from './serve.ts'

interface Options extends ProposalOptions {
  readonly config?: string
  readonly proposeScopes?: boolean
}

export const protect: AddCommand = (program, terminal) => {
  program
    .command('protect')
    .argument('<mcp-url>', 'the Streamable HTTP address of your MCP server, for instance http://localhost:3000/mcp')
    .description('The same as dev, in front of an unmodified MCP server of yours.')
    .option('--json', 'print one line of JSON once ready, or as the proposal')
    .option('--name <name>', 'what people see on the consent page')
    .option('--config <file>', 'take scopes and tools of this server from a config file')
    .option('--propose-scopes', 'read its tools and propose scopes for them, then end')
    .option('--write <file>', 'with --propose-scopes: accept the proposal, in this config file')
    .addHelpText('after', environmentWords(DEV_DATABASE))
    .action(async (address: string, options: Options) => {
      const upstream = URL.parse(address)
      if (upstream === null || !/^https?:$/.test(upstream.protocol)) {
        throw new UsageError(`'${address}' is not an http or https address; give one like http://localhost:3000/mcp.`)
      }
      if (options.proposeScopes === true) return proposal(terminal, upstream, options)
      if (options.write !== undefined)
        throw new UsageError('--write says where a proposal goes; add --propose-scopes to it.')
      const config = options.config === undefined ? undefined : configured(options.config, upstream)
      const name = options.name ?? config?.name ?? upstream.host
      const silence = await silenceOf(upstream)
      if (silence !== undefined) terminal.say(`Note: ${silence}`)
      await development(terminal, {
        name: 'my-server',
        title: `protects ${upstream.href}`,
        json: options.json === true,
        behind: upstream.href,
        resource: (uri) =>
          servedResource(uri, { ...config, path: new URL(uri).pathname, name, upstream: upstream.href }),
      })
    })
}

/** What a config file says of the server at this address. */
function configured(file: string, upstream: URL): ResourceConfig {
  const found = readConfig(file, {}).resources?.find((resource) => isAt(resource, upstream))
  if (found !== undefined) return found
  throw new UsageError(
    `'${file}' says nothing of the upstream ${upstream.href}; add it under "resources", or let --propose-scopes --write ${file} do it.`,
  )
}

const PATIENCE_MILLISECONDS = 2000

/** What is wrong with the server behind, if anything shows at once. It may still be starting, so this is said and no more. */
async function silenceOf(upstream: URL): Promise<string | undefined> {
  try {
    const response = await fetch(upstream, {
      headers: { accept: 'text/event-stream, application/json' },
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    })
    await response.body?.cancel()
    if (response.status === 404) return `${upstream.href} answers 404; check its path.`
    return response.headers.get('content-type')?.startsWith('text/html')
      ? `${upstream.href} answers with a web page; check its path.`
      : undefined
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return undefined
    const { code, reason, what } = connectionFailure((error as Error).cause)
    if (code === 'ECONNREFUSED')
      return `nothing answers at ${upstream.href} yet; start it, the door does not have to be started again.`
    if (reason === 'upstream_down' && (await speaksTls(upstream)))
      return `${upstream.href} speaks https and not http; give its address with https.`
    return `${upstream.href} ${what}.`
  }
}

/** A server of TLS hangs up on who comes without it, and says no more; so it is asked, whoever it is that answers. */
function speaksTls({ protocol, hostname, port }: URL): Promise<boolean> {
  if (protocol !== 'http:') return Promise.resolve(false)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const host = hostname.replace(/^\[|\]$/g, '')
  // Nothing is sent to it and nothing of it is believed.
  const socket = connect({
    host,
    port: Number(port || 80),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
    timeout: PATIENCE_MILLISECONDS,
  })
  socket.once('secureConnect', () => resolve(true))
  socket.once('error', () => resolve(false))
  socket.once('timeout', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
