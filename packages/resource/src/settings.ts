import { PROOF_ALGORITHMS } from '@doorward/core/dpop/proof'
import { isJwsAlgorithm, JWS_ALGORITHMS } from '@doorward/core/kernel/verify-jws'
import { isResourceUri } from '@doorward/core/oauth/resource-uri'
import { isScopeToken, type ScopeHierarchy } from '@doorward/core/oauth/scope'
import type { JWTVerifyGetKey } from 'jose'
import type { Fetch } from './keys.ts'
import type { ProofKeeping } from './proof-keeping.ts'
import type { RevocationOptions } from './revocation.ts'
import type { ToolScopes } from './tools.ts'
import type { RefusalListener } from './turned-away.ts'

/** A scope in words, and the scopes that it contains. */
export interface ScopeDescription {
  readonly description: string
  readonly includes?: readonly string[]
}

/** What to protect, and whom to trust. Only the first two are needed. */
export interface ResourceOptions {
  /** The URL of the MCP endpoint as clients know it, for instance `https://mcp.example.com/mcp`. */
  readonly resource: string
  /** Issuers whose tokens are accepted, byte for byte as in their metadata. */
  readonly authorizationServers: readonly string[]
  /**
   * Every scope that this server knows, for `scopes_supported`, and what it means. The words are for who reads the code: RFC 9728 has no place
   * for them, and what people see on a consent page is written at the authorization server.
   */
  readonly scopes?: Readonly<Record<string, string | ScopeDescription>>
  /** Needed for every request. */
  readonly requiredScopes?: readonly string[]
  /** Scopes that single tools need on top; `'*'` stands for every tool that is not named. */
  readonly tools?: ToolScopes
  /** What a client without a token is told to ask for. Left out: the required scopes, or all of them. */
  readonly firstScopes?: readonly string[]
  /** What clients may ask for in detail (RFC 9396), by type; what is granted stands in `access.authorizationDetails`. */
  readonly authorizationDetailsTypes?: readonly string[]
  readonly name?: string
  readonly documentation?: string
  /** The keys of an issuer, where they need not be fetched: an authorization server in this process. */
  readonly keys?: (issuer: string) => JWTVerifyGetKey
  readonly fetch?: Fetch
  /** Seconds since 1970. */
  readonly now?: () => number
  /** How proofs of possession (DPoP) may be signed, where they are remembered and what nonces are good. */
  readonly proofs?: ProofKeeping
  /**
   * Hears of everybody who is not let in, and why; `refusal.cause` is what the answer does not say. `refusal.code` is undefined for who
   * showed nothing, as each client does at first. Left out: `console.warn` while the authorization server cannot be reached, and, until a
   * token was good, about tokens that do not fit `authorizationServers`, `resource` or `acceptPlainJwt`.
   */
  readonly onRefusal?: RefusalListener
  /** What is done about grants that were revoked before their access tokens end. */
  readonly revocation?: RevocationOptions
  /**
   * Take only tokens that are bound: by DPoP (`dpop`), to the certificate of the connection (`certificate`, RFC 8705 §3), or in either
   * way (`required`). The first two the metadata says (RFC 9728 §2). Tokens that are bound are held to it in any case.
   */
  readonly senderConstraint?: SenderConstraint
  /** What access tokens may be signed with: asymmetric JWS algorithms only. For proofs, see `proofs`. */
  readonly algorithms?: readonly string[]
  readonly clockToleranceSeconds?: number
  /** Accept `typ` `JWT` or none, for authorization servers that predate RFC 9068. */
  readonly acceptPlainJwt?: boolean
  /** Fetch keys over plain http from other hosts than this one: only inside a private network. */
  readonly allowHttpIssuers?: boolean
}

const SENDER_CONSTRAINTS = ['required', 'dpop', 'certificate'] as const
export type SenderConstraint = (typeof SENDER_CONSTRAINTS)[number]

/** The options, checked and complete. */
export interface Settings {
  readonly resource: string
  readonly authorizationServers: readonly string[]
  /** Every scope that this server knows, for `scopes_supported`. */
  readonly knownScopes: readonly string[]
  /** What a first visit asks for. */
  readonly firstScopes: readonly string[]
  readonly requiredScopes: readonly string[]
  readonly hierarchy: ScopeHierarchy
  readonly tools: ToolScopes
  readonly authorizationDetailsTypes: readonly string[]
  readonly name: string | undefined
  readonly documentation: string | undefined
  readonly algorithms: readonly string[]
  readonly proofAlgorithms: readonly string[]
  readonly clockToleranceSeconds: number
  readonly acceptPlainJwt: boolean
  readonly senderConstraint: SenderConstraint | undefined
}

const OPTIONS: readonly string[] = [
  'resource',
  'authorizationServers',
  'scopes',
  'requiredScopes',
  'tools',
  'firstScopes',
  'authorizationDetailsTypes',
  'name',
  'documentation',
  'keys',
  'fetch',
  'now',
  'proofs',
  'onRefusal',
  'revocation',
  'senderConstraint',
  'algorithms',
  'clockToleranceSeconds',
  'acceptPlainJwt',
  'allowHttpIssuers',
]
const CLOCK_TOLERANCE_SECONDS = 10
const MOST_TOLERANCE_SECONDS = 300

/** Checks the options where a mistake can still be mended: at the start. Throws a `TypeError` that says how. */
export function readOptions(options: ResourceOptions): Settings {
  checkShapes(options)
  const {
    resource,
    authorizationServers,
    scopes = {},
    tools = {},
    requiredScopes = [],
    algorithms = JWS_ALGORITHMS,
  } = options
  const tolerance = options.clockToleranceSeconds ?? CLOCK_TOLERANCE_SECONDS
  const hierarchy = Object.fromEntries(
    Object.entries(scopes).map(([name, scope]) => [name, typeof scope === 'string' ? [] : (scope.includes ?? [])]),
  )
  const known = [
    ...Object.keys(scopes),
    ...Object.values(hierarchy).flat(),
    ...requiredScopes,
    ...Object.values(tools).flat(),
  ]
  const malformed = known.find((scope) => !isScopeToken(scope))
  const symmetric = algorithms.find((algorithm) => !isJwsAlgorithm(algorithm))

  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key))
  if (unknown !== undefined) mistake(`'${unknown}' is no option; there are ${OPTIONS.join(', ')}`)
  if (!Array.isArray(authorizationServers)) mistake('authorizationServers: a list of issuers is missing')
  if (!isResourceUri(resource)) mistake(`resource: '${resource}' must be an absolute http(s) URL without fragment`)
  if (authorizationServers.length === 0) mistake('authorizationServers: name at least one issuer')
  for (const issuer of authorizationServers) checkIssuer(issuer, options)
  checkRevocation(options)
  checkProofs(options)
  if (malformed !== undefined) mistake(`scopes: '${malformed}' is not a scope name (RFC 6749 section 3.3)`)
  if (algorithms.length === 0) mistake('algorithms: name at least one')
  if (symmetric !== undefined) mistake(`algorithms: '${symmetric}' is none of ${JWS_ALGORITHMS.join(', ')}`)
  if (!(tolerance >= 0 && tolerance <= MOST_TOLERANCE_SECONDS)) {
    mistake(`clockToleranceSeconds: ${tolerance} is not between 0 and ${MOST_TOLERANCE_SECONDS}`)
  }

  // RS23: offline_access is between client and authorization server.
  const knownScopes = [...new Set(known)].filter((scope) => scope !== 'offline_access')
  const needed = [...new Set(requiredScopes)].filter((scope) => scope !== 'offline_access')
  return {
    resource,
    authorizationServers: [...new Set(authorizationServers)],
    knownScopes,
    // Without a scope in the challenge a client asks for all of scopes_supported; the same is said aloud.
    firstScopes: options.firstScopes ?? (needed.length > 0 ? needed : knownScopes),
    requiredScopes: needed,
    hierarchy,
    tools,
    authorizationDetailsTypes: [...new Set(options.authorizationDetailsTypes)],
    name: options.name,
    documentation: options.documentation,
    algorithms,
    proofAlgorithms: options.proofs?.algorithms ?? PROOF_ALGORITHMS,
    clockToleranceSeconds: tolerance,
    acceptPlainJwt: options.acceptPlainJwt === true,
    senderConstraint: options.senderConstraint,
  }
}

/** What a compiler would have found: a string goes through as a list of its letters, and a list as an object with the keys 0, 1, 2. */
function checkShapes({ scopes = {}, tools = {}, keys, onRefusal, ...options }: ResourceOptions): void {
  const { requiredScopes = [], firstScopes = [], authorizationDetailsTypes = [], algorithms = [] } = options
  for (const [name, value] of Object.entries({ scopes, tools }))
    if (Array.isArray(value)) mistake(`${name}: a list does not say what its entries are for; give an object`)
  const needs = Object.entries(tools).map(([tool, needed]) => [`tools.${tool}`, needed] as const)
  const contents = Object.entries(scopes).map(
    ([name, scope]) => [`scopes.${name}.includes`, typeof scope === 'string' ? [] : (scope.includes ?? [])] as const,
  )
  const lists = { requiredScopes, firstScopes, authorizationDetailsTypes, algorithms }
  for (const [name, list] of [...Object.entries(lists), ...needs, ...contents])
    if (!Array.isArray(list)) mistake(`${name}: ${JSON.stringify(list)} is no list; write [${JSON.stringify(list)}]`)
  for (const [name, value] of Object.entries({ keys, onRefusal }))
    if (value !== undefined && typeof value !== 'function') mistake(`${name}: not a function`)
}

function checkIssuer(issuer: string, { keys, allowHttpIssuers }: ResourceOptions): void {
  // RFC 8414 §2: a URL without query and fragment.
  if (!isResourceUri(issuer) || issuer.includes('?')) {
    mistake(`authorizationServers: '${issuer}' must be an absolute URL without query and fragment`)
  }
  // RFC 8414 §3: that is made of the issuer. No token names it, and no client finds anything below it.
  if (issuer.includes('/.well-known/')) {
    mistake(`authorizationServers: '${issuer}' is where metadata is; name the issuer, as 'issuer' says in it`)
  }
  const { protocol, hostname } = new URL(issuer)
  if (protocol === 'https:' || keys !== undefined || allowHttpIssuers === true || isLoopback(hostname)) return
  mistake(`authorizationServers: keys from '${issuer}' could be forged on the way; use https, or set allowHttpIssuers`)
}

function checkRevocation({ revocation = {}, keys }: ResourceOptions): void {
  const { follow, whenUnreachable, onNotice, ...others } = revocation
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) mistake(`revocation: '${unknown}' is none of follow, whenUnreachable, onNotice`)
  if (![undefined, 'auto', 'off'].includes(follow)) mistake(`revocation.follow: '${follow}' is neither auto nor off`)
  if (![undefined, 'expiry', 'refuse'].includes(whenUnreachable))
    mistake(`revocation.whenUnreachable: '${whenUnreachable}' is neither expiry nor refuse`)
  // Nobody may believe that a guard refuses which follows nothing.
  if (whenUnreachable !== undefined && (follow === 'off' || (follow === undefined && keys !== undefined)))
    mistake("revocation.whenUnreachable: no feed is followed here; set follow to 'auto', or leave this out")
  if (onNotice !== undefined && typeof onNotice !== 'function') mistake('revocation.onNotice: not a function')
}

function checkProofs({ proofs = {}, senderConstraint }: ResourceOptions): void {
  const { claim: _, nonce: __, algorithms = PROOF_ALGORITHMS, ...others } = proofs
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) mistake(`proofs: '${unknown}' is none of claim, nonce, algorithms`)
  const strange = algorithms.find((algorithm) => !PROOF_ALGORITHMS.some((known) => known === algorithm))
  if (algorithms.length === 0) mistake('proofs.algorithms: name at least one')
  if (strange !== undefined) mistake(`proofs.algorithms: '${strange}' is none of ${PROOF_ALGORITHMS.join(', ')}`)
  if (senderConstraint !== undefined && !SENDER_CONSTRAINTS.includes(senderConstraint))
    mistake(`senderConstraint: '${senderConstraint}' is none of ${SENDER_CONSTRAINTS.join(', ')}`)
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}

function mistake(sentence: string): never {
  throw new TypeError(`protectResource: ${sentence}.`)
}
