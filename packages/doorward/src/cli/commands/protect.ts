import { readConfig } from '../config.ts'
import type { ResourceConfig } from '../config-schema.ts'
import { DEV_DATABASE } from '../database.ts'
import { development } from '../development.ts'
import { environmentWords } from '../environment-words.ts'
import { UsageError } from '../problem.ts'
import { isAt, type ProposalOptions, proposal } from '../proposal.ts'
import { silenceOf } from '../upstream-silence.ts'
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
