import { missingScopes } from '@doorward/core/oauth/scope'
import { type ResourceMetadata, resourceMetadataUrl } from '@doorward/core/oauth/server-metadata'
import type { JWTVerifyGetKey } from 'jose'
import { type Arrival, arrivalOf } from './arrival.ts'
import { readCredentials } from './authorization.ts'
import { challengeResponse } from './challenge.ts'
import { type Fetch, followKeys } from './keys.ts'
import { liveness } from './liveness.ts'
import { type MetadataRequest, metadataPaths, metadataResponse, pathOf, resourceMetadata } from './metadata.ts'
import { type Nonces, rotatingNonces } from './nonces.ts'
import { preflightResponse } from './preflight.ts'
import { proofRules } from './proof-keeping.ts'
import { inScheme, Refusal } from './refusal.ts'
import type { RevocationNotice } from './revocation.ts'
import type { Presentation } from './sender.ts'
import { type ResourceOptions, readOptions } from './settings.ts'
import { filterAnswer, filterToolList, toolListIds } from './tool-list.ts'
import { callableTools, scopesOfCalls, scopesOfUnnamed } from './tools.ts'
import { sayOutages, telling } from './turned-away.ts'
import { verifiedTokens } from './verified-tokens.ts'
import { type Access, verifyToken } from './verify.ts'

export type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
export type { ResourceMetadata } from '@doorward/core/oauth/server-metadata'
export type { Arrival } from './arrival.ts'
export type { Fetch } from './keys.ts'
export type { MetadataRequest } from './metadata.ts'
export type { Nonces } from './nonces.ts'
export type { ProofKeeping } from './proof-keeping.ts'
export { Refusal, type RefusalCode } from './refusal.ts'
export type { RevocationNotice, RevocationOptions } from './revocation.ts'
export type { Presentation } from './sender.ts'
export type { ResourceOptions, ScopeDescription } from './settings.ts'
export type { ToolScopes } from './tools.ts'
export type { RefusalListener, TurnedAway } from './turned-away.ts'
export type { Access } from './verify.ts'

/** The guard at the door of one protected resource. */
export interface Guard {
  readonly resource: string
  /** RFC 9728 §2. */
  readonly metadata: ResourceMetadata
  readonly metadataUrl: string
  /** Where the document is served: the inserted path and the root. */
  readonly metadataPaths: readonly string[]
  /** The document, for a request to one of those paths; `undefined` for every other. */
  readonly answerMetadata: (request: MetadataRequest) => Response | undefined
  /** Who holds this Authorization header. Throws a `Refusal`, also when a scope of `needed` or a required one is missing. */
  readonly verify: (
    authorization: string | null | undefined,
    needed?: readonly string[],
    presentation?: Presentation,
  ) => Promise<Access>
  /** The scopes that a JSON-RPC message or batch needs: the required ones and those of every tool that it calls. */
  readonly neededFor: (message: unknown) => string[]
  /** Token and scopes of a request, in one. Its body stays unread for the handler; pass `message` if it was read before. */
  readonly check: (request: Request | Arrival, message?: unknown) => Promise<Access>
  /** That a verified token allows all of these on top of the required scopes. Throws a `Refusal` naming everything needed. */
  readonly demand: (access: Access, needed: readonly string[]) => Access
  /** The response to a refusal. */
  readonly challenge: (refusal: Refusal) => Response
  /** The whole corridor: metadata, CORS preflight and refusals are answered; whoever may come in is returned. */
  readonly admit: (request: Request | Arrival, message?: unknown) => Promise<Access | Response>
  /** The answer where `admit` threw and nobody else answers for it: 500. `onRefusal` hears of it, with the error as its cause. */
  readonly failed: (error: unknown, request?: Pick<Arrival, 'method' | 'url'>) => Response
  /** Those of the tools that `access` may call now. */
  readonly callable: <Tool extends { readonly name: string }>(tools: readonly Tool[], access: Access) => Tool[]
  /** Ends what goes on in the background, the following of revoked grants. A later request takes it up again. */
  readonly close: () => void
  /**
   * The response to `message`, its `tools/list` results without the tools that `access` may not call. Without a message: to a
   * stream that is listened to or resumed, where each result may be such a list.
   */
  readonly hideTools: (response: Response, message: unknown, access: Access) => Response
  /** The same of an `answer` whose JSON was read and parsed already; the very value where there is nothing to hide. */
  readonly hideToolsIn: (answer: unknown, message: unknown, access: Access) => unknown
}

/**
 * Protects an MCP server, whatever standard authorization server its users sign in at.
 *
 * ```ts
 * const guard = protectResource({
 *   resource: 'https://notes.example.com/mcp',
 *   authorizationServers: ['https://login.example.com'],
 *   tools: { add_note: ['notes:write'] },
 * })
 * ```
 */
export function protectResource(options: ResourceOptions): Guard {
  const settings = readOptions(options)
  const now = options.now ?? clock
  const keys = keysByIssuer(options, now)
  const metadata = resourceMetadata(settings)
  const metadataUrl = resourceMetadataUrl(settings.resource)
  const paths = metadataPaths(settings.resource)
  const unnamed = scopesOfUnnamed(settings.tools, settings.requiredScopes)
  const { firstScopes: scopes, proofAlgorithms, senderConstraint } = settings
  // Many clients read no challenge but Bearer's; where that scheme leads nowhere, DPoP's tells them so (RFC 9449 §7.1).
  const scheme = senderConstraint === 'required' || senderConstraint === 'dpop' ? 'DPoP' : 'Bearer'
  const invitation = { metadataUrl, scopes, scheme, proofAlgorithms } as const

  const proofs = proofRules(options.proofs ?? {}, now)
  const seen = verifiedTokens({ keys, toleranceSeconds: settings.clockToleranceSeconds })
  const outages = sayOutages(now, say)
  const heard = telling(options.onRefusal ?? outages.listener, say)
  const live = liveness(options, { settings, keys, now, fetch: fetchOf(options), warn })
  const authenticate = async (authorization: string | null | undefined, presentation?: Presentation) => {
    const credentials = readCredentials(authorization)
    try {
      const access = await verifyToken(credentials, { settings, keys, now, proofs, seen }, presentation)
      await live.demand(access, credentials)
      outages.proven()
      return access
    } catch (error) {
      throw error instanceof Refusal ? inScheme(error, credentials.scheme) : error
    }
  }

  const allowed = (access: Access, needed: readonly string[]): Access => {
    const all = [...new Set([...settings.requiredScopes, ...needed])]
    const missing = missingScopes(all, access.scopes, settings.hierarchy)
    if (missing.length === 0) return access
    // RS20, Q36: all that the operation needs, and what is held already, since some clients forget the one for the other.
    const held = access.scopes.filter((scope) => settings.knownScopes.includes(scope))
    throw new Refusal(403, 'insufficient_scope', `This needs the scope ${missing.join(' ')}.`, 'missing_scope', {
      scopes: [...new Set([...all, ...held])],
      scheme: access.scheme,
    })
  }

  const checked = async (request: Request | Arrival, message: unknown): Promise<Access> => {
    // RS14: nothing of a stranger's body is read.
    const { method, headers } = request
    const access = await authenticate(headers.get('authorization'), {
      method,
      proof: headers.get('dpop'),
      certificate: 'certificate' in request ? request.certificate : undefined,
    })
    if (Object.keys(settings.tools).length === 0) return allowed(access, [])
    return allowed(access, guard.neededFor(message ?? (await arrivalOf(request).message())))
  }

  const guard: Guard = {
    resource: settings.resource,
    metadata,
    metadataUrl,
    metadataPaths: paths,
    answerMetadata: (request) => metadataResponse(request, paths, metadata),
    verify: async (authorization, needed = [], presentation) => {
      try {
        return allowed(await authenticate(authorization, presentation), needed)
      } catch (error) {
        throw heard(error, presentation)
      }
    },
    neededFor: (message) => [
      ...new Set([...settings.requiredScopes, ...scopesOfCalls(message, settings.tools, unnamed)]),
    ],
    check: async (request, message) => {
      try {
        return await checked(request, message)
      } catch (error) {
        throw heard(error, request)
      }
    },
    demand: (access, needed) => {
      try {
        return allowed(access, needed)
      } catch (error) {
        throw heard(error)
      }
    },
    challenge: (refusal) => challengeResponse(refusal, invitation),
    admit: async (request, message) => {
      const answer = guard.answerMetadata(request) ?? preflightResponse(request)
      if (answer !== undefined) return answer
      // A client of 2025-03-26 looks for the authorization server here. "Not here" sends it on; a 401 might not.
      if (pathOf(request.url).startsWith('/.well-known/')) return notFound()
      try {
        return await guard.check(request, message)
      } catch (error) {
        if (error instanceof Refusal) return guard.challenge(error)
        throw error
      }
    },
    failed: (cause, request) => {
      const words = 'The request could not be judged.'
      const refusal = new Refusal(500, 'temporarily_unavailable', words, 'guard_failed', { cause })
      heard(refusal, request)
      return guard.challenge(refusal)
    },
    callable: (tools, access) => callableTools(tools, access.scopes, settings.tools, settings.hierarchy, unnamed),
    close: live.close,
    hideTools: (response, message, access) =>
      filterToolList(response, toolListIds(message), (tools) => guard.callable(tools, access)),
    hideToolsIn: (answer, message, access) =>
      filterAnswer(answer, toolListIds(message), (tools) => guard.callable(tools, access)),
  }
  return guard
}

/**
 * Nonces for `proofs.nonce` (RFC 9449 §9) that need no memory: a new one every five minutes, good for five to ten. Guards with the same
 * secret, of at least 32 random bytes, take each other's.
 */
export function dpopNonces(secret: string | Uint8Array, now: () => number = clock): Nonces {
  return rotatingNonces(secret, now)
}

/** Where nobody wants to be told, an outage is not passed over in silence. */
function warn({ state, reason, message }: RevocationNotice): void {
  if (state === 'unreachable' || reason === 'reachable_again') say(message)
}

function say(text: string): void {
  console.warn(text)
}

function fetchOf({ fetch }: ResourceOptions): Fetch {
  return fetch ?? ((url, init) => globalThis.fetch(url, init))
}

/** One key source per issuer, for as long as the guard stands. The one place where the default `fetch` is wired. */
function keysByIssuer(options: ResourceOptions, now: () => number): (issuer: string) => JWTVerifyGetKey {
  const fetch = fetchOf(options)
  const open = options.keys ?? ((issuer) => followKeys(issuer, { fetch, now }))
  const sources = new Map(options.authorizationServers.map((issuer) => [issuer, open(issuer)]))
  return (issuer) => sources.get(issuer) as JWTVerifyGetKey
}

/** Seconds since 1970, where nobody hands in another clock. */
function clock(): number {
  return Math.floor(Date.now() / 1000)
}

function notFound(): Response {
  return Response.json({ error: 'not_found' }, { status: 404, headers: { 'access-control-allow-origin': '*' } })
}
