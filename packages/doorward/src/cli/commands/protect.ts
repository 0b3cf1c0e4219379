import { development } from '../development.ts'
import { UsageError } from '../problem.ts'
import type { AddCommand } from './command.ts'

export const protect: AddCommand = (program, terminal) => {
  program
    .command('protect')
    .argument('<mcp-url>', 'the Streamable HTTP address of your MCP server, for instance http://localhost:3000/mcp')
    .description('The same as dev, in front of an unmodified MCP server of yours.')
    .option('--json', 'print one line of JSON once ready')
    .option('--name <name>', 'what people see on the consent page')
    .action(async (address: string, options: { json?: boolean; name?: string }) => {
      const upstream = URL.parse(address)
      if (upstream === null || !/^https?:$/.test(upstream.protocol)) {
        throw new UsageError(`'${address}' is not an http or https address; give one like http://localhost:3000/mcp.`)
      }
      const name = options.name ?? upstream.host
      const silence = await silenceOf(upstream)
      if (silence !== undefined) terminal.say(`Note: ${silence}`)
      await development(terminal, {
        name: 'my-server',
        title: `protects ${upstream.href}`,
        json: options.json === true,
        behind: upstream.href,
        resource: () => ({
          name,
          upstream,
          scopes: { mcp: { description: `Use every tool of ${name}, in your name` } },
          defaultScopes: ['mcp'],
        }),
      })
    })
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
    return (error as Error).name === 'TimeoutError'
      ? undefined
      : `nothing answers at ${upstream.href} yet; start it, the door does not have to be started again.`
  }
}
