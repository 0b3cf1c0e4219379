import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { GatewayProblem } from '../gateway/problem.ts'
import { type JudgedTool, judgeTools, proposeScopes } from '../gateway/propose-scopes.ts'
import { readTools } from '../gateway/read-tools.ts'
import type { Terminal } from './commands/command.ts'
import { readConfig } from './config.ts'
import type { Config, ResourceConfig } from './config-schema.ts'
import { CONFIG_FILE } from './database.ts'
import { FailedError } from './problem.ts'
import { slug } from './snippets.ts'
import { table } from './table.ts'

export interface ProposalOptions {
  readonly json?: boolean
  readonly name?: string
  /** The config file in which the proposal is accepted. */
  readonly write?: string
}

type Proposed = ResourceConfig &
  Required<Pick<ResourceConfig, 'path' | 'upstream' | 'scopes' | 'defaultScopes' | 'tools'>>

const PATIENCE_MILLISECONDS = 20_000
const DEFAULT_PATH = '/mcp'
const MAPPING = ['scopes', 'defaultScopes', 'tools'] as const

/** `doorward protect <mcp-url> --propose-scopes`: reads the tools of a server and proposes what they need. */
export async function proposal(terminal: Terminal, upstream: URL, options: ProposalOptions): Promise<void> {
  const tools = judgeTools(await toolsOf(upstream))
  const name = options.name ?? upstream.host
  const mapping = proposeScopes(name, tools)
  if (Object.keys(mapping.tools).length === 0)
    throw new FailedError(`${upstream.href} offers no tools, so there is nothing to propose.`)
  const fragment = { name, path: DEFAULT_PATH, upstream: upstream.href, ...mapping } as Proposed
  const done = options.write === undefined ? undefined : accept(options.write, fragment)
  if (options.json === true) terminal.print(visible(JSON.stringify(fragment)))
  else terminal.print(asText(fragment, tools, options.write === undefined))
  if (done !== undefined) terminal.say(done)
}

async function toolsOf(upstream: URL) {
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS)
  try {
    return await readTools(upstream, signal)
  } catch (error) {
    if (signal.aborted)
      throw new FailedError(`${upstream.href} did not answer within ${PATIENCE_MILLISECONDS / 1000} seconds.`)
    if (!(error instanceof GatewayProblem)) throw error
    throw new FailedError(`${error.message.replace('The MCP server behind this gateway', upstream.href)}.`)
  }
}

function asText(fragment: Proposed, tools: readonly JudgedTool[], isOpen: boolean): string {
  const { upstream, scopes, defaultScopes } = fragment
  const unnamed = tools.filter(({ scope }) => scope === undefined)
  return [
    `Proposed scopes for ${upstream}`,
    '',
    table(
      ['scope', 'contains', 'on the consent page'],
      Object.entries(scopes).map(([scope, words]) =>
        typeof words === 'string' ? [scope, '', words] : [scope, (words.includes ?? []).join(' '), words.description],
      ),
    ),
    '',
    table(
      ['tool', 'needs', 'the server says'],
      tools.map(({ name, scope, said }) => [name, scope ?? 'everything', said]),
    ),
    '',
    'What a tool does is the word of the server itself (MCP annotations), which nobody has checked. Where it says nothing, MCP',
    'counts the worst: such a tool may change and delete things. Read the list before you accept it.',
    '',
    `Clients begin with ${defaultScopes.join(' ')} and see only the tools that they may call; "hideTools": false shows them all, so`,
    'that calling one asks the person for more. A tool that the server adds later needs every scope until it is named.',
    ...(unnamed.length > 0
      ? ['A name that cannot stand in a config file cannot be mapped; such a tool needs every scope.']
      : []),
    ...(isOpen
      ? [
          '',
          `To accept it, run this again with --write ${CONFIG_FILE}, or put this under "resources" in your config file:`,
          '',
          visible(indented(fragment)),
        ]
      : []),
  ].join('\n')
}

/**
 * Writes the proposal into a config file: as a new one, as a further resource, or into the resource with this upstream that has no
 * scopes of its own. What an operator wrote is never changed.
 * @returns what was done, in a sentence.
 * @throws FailedError where the file says something else already.
 */
function accept(file: string, fragment: Proposed): string {
  if (!existsSync(file)) {
    replace(file, { resources: [fragment] })
    return `Wrote ${file}; start it with 'doorward serve --config ${file}'.`
  }
  readConfig(file, {})
  const config = JSON.parse(readFileSync(file, 'utf8')) as Config
  const resources = config.resources ?? []
  const at = resources.findIndex((resource) => isAt(resource, new URL(fragment.upstream)))
  const known = resources[at]
  if (known === undefined) {
    const added = { ...fragment, path: freePath(fragment.name, resources) }
    replace(file, { ...config, resources: [...resources, added] })
    return `Added ${fragment.upstream} to ${file}, at ${added.path}.`
  }
  const mapping = Object.fromEntries(MAPPING.map((key) => [key, fragment[key]]))
  if (MAPPING.every((key) => known[key] === undefined)) {
    replace(file, { ...config, resources: resources.with(at, { ...known, ...mapping }) })
    return `Added scopes and tools to ${known.name} in ${file}.`
  }
  if (
    isDeepStrictEqual(known.tools, fragment.tools) &&
    isDeepStrictEqual(Object.keys(known.scopes ?? {}), Object.keys(fragment.scopes))
  )
    return `${file} says this already; nothing was changed.`
  const missing = Object.keys(fragment.tools).filter((tool) => !Object.hasOwn(known.tools ?? {}, tool))
  const which =
    missing.length === 0 ? '' : ` (tools that it does not name: ${visible(JSON.stringify(missing).slice(1, -1))})`
  throw new FailedError(
    `${file} says other scopes or tools of ${known.name} already${which}; change them there by hand, or remove its scopes, defaultScopes and tools first.`,
  )
}

/** A list of one stands on one line. */
function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/\[\n\s+("[^"\\]*")\n\s+\]/g, '[$1]')
}

/** The same JSON, where nothing in the words of a stranger can rewrite the screen or turn the text around. */
function visible(json: string): string {
  return json.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}

/** Whether a resource of a config file is the gateway before this server. */
export function isAt({ upstream }: ResourceConfig, address: URL): boolean {
  return upstream !== undefined && new URL(upstream).href === address.href
}

function freePath(name: string, resources: readonly ResourceConfig[]): string {
  const candidates = [DEFAULT_PATH, `/${slug(name)}/mcp`, ...resources.map((_, i) => `/server-${i + 1}/mcp`)]
  const free = candidates.find((path) => !resources.some((resource) => resource.path === path))
  return free ?? `/server-${resources.length + 1}/mcp`
}

/** In one step, and only by a file that can be read again. */
function replace(file: string, config: Config): void {
  const draft = `${file}.${process.pid}.draft`
  const mode = existsSync(file) ? statSync(file).mode : 0o644
  try {
    writeFileSync(draft, `${indented(config)}\n`, { mode, flag: 'wx' })
    readConfig(draft, {})
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw new FailedError(`${file} was not written (${(error as Error).message}).`)
  }
}
