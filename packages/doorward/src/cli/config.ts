import { readFileSync } from 'node:fs'
import { isLoopbackHost } from '@doorward/core/oauth/redirect-uri'
import * as v from 'valibot'
import { mistakeIn, shown } from './config-mistake.ts'
import { type Config, ConfigSchema, type ResourceConfig } from './config-schema.ts'
import { checkDatabase, databaseOf } from './database-address.ts'
import { readProxies } from './network.ts'
import { systemWords, UsageError } from './problem.ts'

export const DEFAULT_PORT = 8421
export const DEFAULT_HOST = '127.0.0.1'

/** What the authorization server and its pages answer at. */
export const OWN_PATHS = [
  '.well-known',
  'account',
  'admin',
  'authorize',
  'choose',
  'consent',
  'device',
  'device_authorization',
  'errors',
  'healthz',
  'introspect',
  'jwks',
  'logo',
  'par',
  'readyz',
  'register',
  'revoke',
  'revoked-grants',
  'sign-in',
  'sign-out',
  'token',
]

const VARIABLES = [
  'DOORWARD_ISSUER',
  'DOORWARD_DATABASE',
  'DOORWARD_DATABASE_FILE',
  'DOORWARD_PORT',
  'DOORWARD_HOST',
  'DOORWARD_SECRET',
  'DOORWARD_SECRET_FILE',
  'DOORWARD_SECRET_COMMAND',
  'DOORWARD_CONFIG',
  'DOORWARD_REMOTE',
  'DOORWARD_METRICS_PORT',
  'DOORWARD_LOG',
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
  const issuer = checkIssuer(env.DOORWARD_ISSUER ?? config.issuer)
  if (config.tls !== undefined && issuer?.startsWith('http:'))
    throw new UsageError(`TLS ends here (tls in '${path}'), and the issuer is '${issuer}'; write it with https.`)
  return {
    ...config,
    issuer,
    host: env.DOORWARD_HOST ?? config.host,
    port: env.DOORWARD_PORT === undefined ? config.port : port('DOORWARD_PORT', env.DOORWARD_PORT),
    metrics: metricsOf(config, env),
    log: logOf(config, env),
    database: checkDatabase(databaseOf(env) ?? config.database),
  }
}

function parse(path: string): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(
      `The config file '${path}' cannot be read (${systemWords(error)}); put it there, for the user that runs Doorward, or give its path with --config.`,
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`The config file '${path}' is not valid JSON (${(error as Error).message}); mend it there.`)
  }
  const result = v.safeParse(ConfigSchema, value)
  if (!result.success) throw mistakeIn(path, result.issues)
  checkTogether(path, result.output)
  return result.output
}

function checkTogether(path: string, config: Config): void {
  const { resources = [], registration, policy, signingKeys, egressProxy } = config
  // What the file alone shows to be wrong is told before a port is taken.
  readProxies(config.trustedProxies)
  checkClients(path, config)
  checkMtls(path, config)
  // A tunnel is asked for without TLS: of what is meant otherwise nothing would arrive, but for its password, in the clear.
  if (egressProxy !== undefined && !/^http:/i.test(egressProxy))
    throw new UsageError(
      `In '${path}', egressProxy is no http address; give that of an HTTP proxy, like http://proxy.example:3128.`,
    )
  // FAPI 2.0 §5.4.1: PS256, ES256 or EdDSA.
  if (policy?.preset === 'fapi2' && signingKeys?.algorithm === 'RS256')
    throw new UsageError(
      `In '${path}', signingKeys.algorithm is RS256, which the preset fapi2 forbids; use ES256 or EdDSA.`,
    )
  // It is a public client, as every program on other people's computers is.
  if (policy?.preset === 'fapi2' && config.administration?.commandLine === true)
    throw new UsageError(
      `In '${path}', administration.commandLine is true, and the preset fapi2 takes no client without a key of its own; use the command line on the server itself.`,
    )
  for (const [i, resource] of resources.entries()) {
    checkResource(path, `resources.${i}`, resource)
    const twin = resources.findIndex(({ path: other }) => other !== undefined && other === resource.path)
    if (twin !== -1 && twin < i) {
      throw new UsageError(
        `In '${path}', resources.${i} is served at ${resource.path}, as resources.${twin} is; give it another path.`,
      )
    }
  }
  for (const [i, issuer] of (registration?.statementIssuers ?? []).entries()) {
    const at = `In '${path}', registration.statementIssuers.${i}`
    if ((issuer.issuer === undefined) === (issuer.domain === undefined))
      throw new UsageError(`${at} has to have either issuer or domain.`)
    const sources = [issuer.jwks, issuer.jwksUri].filter((source) => source !== undefined).length
    if (issuer.issuer !== undefined && sources !== 1) throw new UsageError(`${at} has to have either jwks or jwksUri.`)
    if (issuer.domain !== undefined && sources !== 0)
      throw new UsageError(
        `${at} names a domain, whose keys are at its /.well-known/jwks.json; remove jwks and jwksUri.`,
      )
  }
}

/** A secret is made where it can be shown, once. */
function checkClients(path: string, { clients = [] }: Config): void {
  for (const [i, { id, authentication = 'none' }] of clients.entries()) {
    // The last would be the one, without a word about the first.
    const twin = clients.findIndex((other) => other.id === id)
    if (twin < i)
      throw new UsageError(`In '${path}', clients.${i} has the id '${id}', as clients.${twin} has; give it another id.`)
    if (authentication.startsWith('client_secret_')) {
      throw new UsageError(
        `In '${path}', clients.${i} authenticates by a secret, which a file cannot hand out; use 'doorward client add --id ${id} --auth ${authentication}' instead, or private_key_jwt here.`,
      )
    }
  }
}

/** Whatever needs certificates needs a way for them to come. */
function checkMtls(path: string, { tls, mtls, trustedProxies, resources = [], clients = [] }: Config): void {
  const fail = (problem: string): never => {
    throw new UsageError(`In '${path}', ${problem}.`)
  }
  if (mtls !== undefined && (mtls.port === undefined) === (mtls.header === undefined))
    fail('mtls has to have either port (TLS ends here) or header (TLS ends at a proxy)')
  if (mtls?.port !== undefined && tls === undefined)
    fail('mtls.port opens a listener for TLS; name the certificate of this server under tls')
  // Whoever finds a way past the proxies would be whom they like.
  if (mtls?.header !== undefined && typeof trustedProxies === 'number')
    fail('trustedProxies is a number, and mtls.header has to come from known ones; name their networks')
  if (mtls?.header !== undefined && mtls.host !== undefined) fail('mtls.host goes with mtls.port; remove it')
  for (const [i, { authentication, certificateBoundTokens }] of clients.entries()) {
    if (authentication === 'tls_client_auth' && (mtls?.authorities ?? []).length === 0)
      fail(`clients.${i} authenticates by tls_client_auth; name who issues such certificates under mtls.authorities`)
    if ((authentication === 'self_signed_tls_client_auth' || certificateBoundTokens === true) && mtls === undefined)
      fail(`clients.${i} uses client certificates; say under mtls where they come from`)
  }
  const bound = resources.findIndex(({ senderConstraint }) => senderConstraint === 'certificate')
  if (bound !== -1 && mtls === undefined)
    fail(`resources.${bound} takes certificate-bound tokens only; say under mtls where certificates come from`)
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
  if (resource.hideTools !== undefined && (resource.path === undefined || resource.tools === undefined))
    fail('has hideTools, which goes with path and tools only; add them, or remove it')
  const own = resource.path?.split('/')[1] ?? ''
  if (OWN_PATHS.includes(own))
    fail(`is served at ${resource.path}, which this server needs itself; give it another path`)
  const scopes = Object.keys(resource.scopes ?? {})
  // Which scope opens what has to be said by somebody; a gateway cannot know, and must not take any for all.
  if (resource.path !== undefined && scopes.length > 1 && resource.tools === undefined)
    fail(
      'has several scopes but no tools that say what each of them opens; add tools (the name * stands for all others)',
    )
  const included = Object.values(resource.scopes ?? {}).flatMap((scope) =>
    typeof scope === 'string' ? [] : (scope.includes ?? []),
  )
  const named = [...(resource.defaultScopes ?? []), ...Object.values(resource.tools ?? {}).flat(), ...included]
  const missing = named.find((scope) => !scopes.includes(scope))
  const understated = understatedScope(resource.scopes ?? {})
  if (understated !== undefined) {
    fail(
      `has the scope '${understated}', which contains one with the access 'write'; give it that access too, so that people tick it themselves`,
    )
  }
  if (missing !== undefined) fail(`names the scope '${missing}', which its scopes do not describe; add it there`)
}

/** A scope that lets an application change things by what it contains, and is not marked so. */
function understatedScope(scopes: NonNullable<ResourceConfig['scopes']>): string | undefined {
  const accessOf = (name: string) => {
    const scope = scopes[name]
    return typeof scope === 'object' ? scope.access : undefined
  }
  const direct = Object.entries(scopes).find(
    ([name, scope]) =>
      typeof scope === 'object' &&
      accessOf(name) !== 'write' &&
      (scope.includes ?? []).some((included) => accessOf(included) === 'write'),
  )
  return direct?.[0]
}

/** RFC 8414 §2: https, no query, no fragment. http only on this computer. */
export function checkIssuer(issuer: string | undefined): string | undefined {
  if (issuer === undefined) return undefined
  const url = URL.parse(issuer)
  const loopback = url !== null && isLoopbackHost(url.hostname)
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
  // What stands between two slashes is lost where an address is put together from parts, as each client does for discovery.
  if (url.pathname.includes('//')) throw new UsageError(`The issuer is '${issuer}'; write it without '//' in its path.`)
  return issuer
}

/** Where nobody named an issuer: this computer, as clients write its address (RFC 3986 §6.2.3: no port that is the scheme's own). */
export function issuerHere(scheme: 'http' | 'https', port: number): string {
  return new URL(`${scheme}://localhost:${port}`).origin
}

function port(name: string, text: string): number {
  const value = Number(text)
  if (!/^\d{1,5}$/.test(text) || value > 65535)
    throw new UsageError(`${name} is '${text}'; it has to be a number from 0 to 65535.`)
  return value
}

function metricsOf({ metrics }: Config, { DOORWARD_METRICS_PORT: text }: Environment): Config['metrics'] {
  return text === undefined ? metrics : { ...metrics, port: port('DOORWARD_METRICS_PORT', text) }
}

function logOf({ log }: Config, { DOORWARD_LOG: text }: Environment): Config['log'] {
  if (text === undefined || text === 'json') return text ?? log
  throw new UsageError(`DOORWARD_LOG is '${text}'; it may be json, or left out.`)
}
