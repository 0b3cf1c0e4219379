import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { UsageError } from './problem.ts'

const ScopeSchema = v.union([
  v.pipe(v.string(), v.minLength(1)),
  v.strictObject({
    description: v.pipe(v.string(), v.minLength(1)),
    includes: v.optional(v.array(v.string())),
  }),
])

const ScopeName = v.pipe(
  v.string(),
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope name has no spaces, quotes or backslashes'),
)

const ResourceSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.minLength(1),
    v.description('What people call this MCP server; shown on the consent page.'),
  ),
  path: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\/[A-Za-z0-9._~/-]+[^/]$/, "a path starts with '/' and has no trailing slash"),
      v.description('Where the gateway serves it, on the host of the issuer.'),
    ),
  ),
  resource: v.optional(
    v.pipe(v.string(), v.url(), v.description('The URI of an MCP server elsewhere that verifies tokens itself.')),
  ),
  upstream: v.optional(v.pipe(v.string(), v.url(), v.description('The unmodified MCP server behind the gateway.'))),
  scopes: v.optional(v.pipe(v.record(ScopeName, ScopeSchema), v.minEntries(1))),
  defaultScopes: v.optional(v.array(ScopeName)),
  tools: v.optional(
    v.pipe(v.record(v.string(), v.array(ScopeName)), v.description('Scopes that a call of this tool needs.')),
  ),
})

/** `doorward.config.json`. Unknown keys are an error. */
export const ConfigSchema = v.strictObject({
  $schema: v.optional(v.string()),
  issuer: v.optional(
    v.pipe(v.string(), v.url(), v.description('The public address of this server, without trailing slash.')),
  ),
  host: v.optional(v.pipe(v.string(), v.description('The address to listen on. Default 127.0.0.1.'))),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535), v.description('Default 8421.'))),
  database: v.optional(v.pipe(v.string(), v.minLength(1), v.description('A file path. Default doorward.sqlite.'))),
  resources: v.optional(v.pipe(v.array(ResourceSchema), v.minLength(1))),
  redirectSchemes: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9+.-]*$/, 'a scheme is lower case, like cursor'))),
      v.description('Further private-use schemes that clients may register.'),
    ),
  ),
})

export type Config = v.InferOutput<typeof ConfigSchema>
export type ResourceConfig = v.InferOutput<typeof ResourceSchema>

export const DEFAULT_PORT = 8421
export const DEFAULT_HOST = '127.0.0.1'

const VARIABLES = [
  'DOORWARD_ISSUER',
  'DOORWARD_DATABASE',
  'DOORWARD_PORT',
  'DOORWARD_HOST',
  'DOORWARD_SECRET',
  'DOORWARD_CONFIG',
]

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The file, with the environment on top.
 * @throws UsageError in one sentence that names key, value and mend.
 */
export function readConfig(path: string | undefined, env: Environment): Config {
  const unknown = Object.keys(env).find((name) => name.startsWith('DOORWARD_') && !VARIABLES.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`The variable ${unknown} is not known; known are ${VARIABLES.join(', ')}.`)
  const config = path === undefined ? {} : parse(path)
  return {
    ...config,
    issuer: checkIssuer(env.DOORWARD_ISSUER ?? config.issuer),
    host: env.DOORWARD_HOST ?? config.host,
    port: env.DOORWARD_PORT === undefined ? config.port : port(env.DOORWARD_PORT),
    database: checkDatabase(env.DOORWARD_DATABASE ?? config.database),
  }
}

function parse(path: string): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`The config file '${path}' cannot be read; give its path with --config.`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`The config file '${path}' is not valid JSON (${(error as Error).message}); mend it there.`)
  }
  const result = v.safeParse(ConfigSchema, value)
  if (!result.success) {
    const issue = result.issues[0]
    const key = v.getDotPath(issue) ?? '(the whole file)'
    throw new UsageError(
      `In '${path}', ${key} is ${shown(issue.input)}: ${issue.message}; see doorward.schema.json for what it may be.`,
    )
  }
  for (const [i, resource] of (result.output.resources ?? []).entries()) checkResource(path, `resources.${i}`, resource)
  return result.output
}

function checkResource(path: string, key: string, resource: ResourceConfig): void {
  const fail = (problem: string): never => {
    throw new UsageError(`In '${path}', ${key} ${problem}.`)
  }
  if ((resource.path === undefined) === (resource.resource === undefined))
    fail('has to have either path (served by the gateway) or resource (a server elsewhere)')
  if (resource.path !== undefined && resource.upstream === undefined)
    fail(`serves ${resource.path} but has no upstream; add the address of the MCP server behind it`)
  if (resource.resource !== undefined && resource.upstream !== undefined)
    fail('has upstream, which goes with path only; use path, or remove upstream')
  if (resource.upstream !== undefined && !/^https?:/.test(resource.upstream))
    fail(`has the upstream ${shown(resource.upstream)}; give an http or https address`)
  const scopes = Object.keys(resource.scopes ?? {})
  const named = [...(resource.defaultScopes ?? []), ...Object.values(resource.tools ?? {}).flat()]
  const missing = named.find((scope) => !scopes.includes(scope))
  if (missing !== undefined) fail(`names the scope '${missing}', which its scopes do not describe; add it there`)
}

/** Another engine is a mistake to be told before anything is made on the disk. */
function checkDatabase(location: string | undefined): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location ?? '')?.[1]
  if (scheme === undefined) return location
  throw new UsageError(`The database '${scheme}://…' is of a kind that this version does not speak; give a file path.`)
}

/** RFC 8414 §2: https, no query, no fragment. http only on this computer. */
export function checkIssuer(issuer: string | undefined): string | undefined {
  if (issuer === undefined) return undefined
  const url = URL.parse(issuer)
  const loopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw new UsageError(`The issuer is '${issuer}'; it has to be an https address (http only on localhost).`)
  }
  if (url.search !== '' || url.hash !== '' || issuer.endsWith('/') || url.username !== '') {
    throw new UsageError(`The issuer is '${issuer}'; it may not have a trailing slash, query, fragment or credentials.`)
  }
  if (url.pathname === '/' ? url.origin !== issuer : url.origin + url.pathname !== issuer) {
    throw new UsageError(
      `The issuer is '${issuer}'; write it as '${url.origin}${url.pathname === '/' ? '' : url.pathname}', the way clients will compare it.`,
    )
  }
  return issuer
}

function port(text: string): number {
  const value = Number(text)
  if (!/^\d{1,5}$/.test(text) || value > 65535)
    throw new UsageError(`DOORWARD_PORT is '${text}'; it has to be a number from 0 to 65535.`)
  return value
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? String(value)).slice(0, 80)
}
