import type { KeyObject } from 'node:crypto'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { errorUri } from '@doorward/core/oauth/error'
import { type Access, type Guard, Refusal } from '@doorward/resource'
import { StoreUnavailable } from '../store/unavailable.ts'
import { exactMessage, readAnswer } from './answer.ts'
import { isRequest, type ReadBody, readBody, requestId, summary } from './body.ts'
import { codeOf, wordsOf } from './connection-failure.ts'
import { headersDown, headersUp, preflight } from './headers.ts'
import { type GatewayLimits, LIMITS } from './limits.ts'
import { streamOf } from './pieces.ts'
import { GatewayProblem, INVALID_REQUEST, problemResponse, SESSION_NOT_FOUND, UNAVAILABLE } from './problem.ts'
import { openSession, sealSession } from './session.ts'
import { streamWatch, type TokenStandings } from './streams.ts'
import { type Upstream, type Visit as UpstreamVisit, visitor } from './upstream.ts'

export interface GatewayOptions {
  readonly guard: Guard
  readonly upstream: Upstream
  /** Somebody who looks on at the visits there. */
  readonly watching?: ((visit: UpstreamVisit) => UpstreamVisit) | undefined
  /** Asked on every request, so that a revoked or narrowed grant stops at once. */
  readonly standing: TokenStandings
  /** The client certificate of the connection that a request came by, in DER. */
  readonly certificateOf?: (request: Request) => Uint8Array | undefined
  /** 32 bytes; binds sessions to people. */
  readonly sessionKey: KeyObject
  readonly audit: (event: AuditEvent) => void
  /** Seconds since 1970. */
  readonly now: () => number
  /** Further headers of a request that the server behind may see, in lower case. */
  readonly forwardHeaders?: readonly string[]
  /** Leave tools out of `tools/list` that the token may not call. Default true. */
  readonly hideTools?: boolean
  readonly limits?: Partial<GatewayLimits>
}

export interface Visit {
  readonly correlation: string
  readonly network: string
}

/** One request, and what is known of it so far. */
interface Call {
  readonly request: Request
  readonly visit: Visit
  access: Access | undefined
  body: ReadBody | undefined
}

const METHODS = new Set(['GET', 'POST', 'DELETE'])
const ORIGIN = /^(null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#]{0,255})$/i

/** Stands before an MCP server: verifies, forwards without the token, streams back. */
export function gateway(options: GatewayOptions): (request: Request, visit: Visit) => Promise<Response> {
  const limits = { ...LIMITS, ...options.limits }
  const visit = visitor(options.upstream, limits)
  const send = options.watching?.(visit) ?? visit
  const { guard, audit } = options
  const watch = streamWatch({ ...options, everyMilliseconds: limits.recheckMilliseconds })
  // The name that no tool has stands for any call.
  const toolsHaveScopes = guard.neededFor({ method: 'tools/call', params: {} }).length > guard.neededFor({}).length
  const hidesTools = toolsHaveScopes && options.hideTools !== false

  return async (request, visit) => {
    if (request.method === 'OPTIONS') return preflight(request)
    const call: Call = { request, visit, access: undefined, body: undefined }
    try {
      // Before the method: some clients look for the challenge with HEAD.
      const access = await admit(options, request, (known) => {
        call.access = known
      })
      if (!METHODS.has(request.method))
        throw new GatewayProblem(405, INVALID_REQUEST, 'Only GET, POST and DELETE are answered here', 'wrong_method')
      checkOrigin(request)
      call.body = request.method === 'POST' ? await readBody(request, limits) : undefined
      if (call.body !== undefined && toolsHaveScopes) guard.demand(access, guard.neededFor(call.body.message))
      const response = await forward(call, access)
      audit({
        type: 'access.allowed',
        outcome: 'allowed',
        reason: 'token_good',
        ...story(call),
        detail: detailOf(call),
      })
      return response
    } catch (error) {
      return refuse(error, call)
    }
  }

  async function forward(call: Call, access: Access): Promise<Response> {
    const { request, body } = call
    const headers = headersUp(request.headers, options.forwardHeaders)
    if (body !== undefined) headers['content-type'] = 'application/json'
    const owner = { ...access, resource: guard.resource }
    const session = request.headers.get('mcp-session-id')
    if (session !== null) {
      const upstreamId = openSession(options.sessionKey, owner, session)
      // MCP 2025-11-25, session management: 404 makes the client start a new session.
      if (upstreamId === undefined)
        throw new GatewayProblem(404, SESSION_NOT_FOUND, 'Session not found; start a new one', 'session_foreign')
      headers['mcp-session-id'] = upstreamId
    }
    const { signal } = request
    const outgoing = { method: request.method, headers, body: body?.bytes, signal }
    const reply = await send(outgoing)
    const { status } = reply
    const down = headersDown(reply.headers)
    const opened = reply.headers['mcp-session-id']
    const sealed = opened === undefined ? undefined : sealSession(options.sessionKey, owner, opened)
    if (sealed !== undefined) down['mcp-session-id'] = sealed
    const answer = await readAnswer(reply, {
      outgoing,
      isRequest: isRequest(body?.message),
      limits,
      signal,
      failed: (problem) => tell(problem, call),
    })
    if (answer.bytes !== undefined) {
      const seen = (message: unknown) => (hidesTools ? guard.hideToolsIn(message, body?.message, access) : message)
      const isWhole = seen(answer.message) === answer.message
      const bytes = isWhole ? answer.bytes : Buffer.from(JSON.stringify(seen(exactMessage(answer.bytes))))
      down['content-length'] = String(bytes.byteLength)
      return new Response(bytes, { status, headers: down })
    }
    if (answer.pieces === undefined) return new Response(null, { status, headers: down })
    const pieces = answer.isEvents
      ? watch.follow(answer.pieces, {
          grantId: access.grantId,
          issuedAt: issuedAt(access),
          // The answer to a call is brought to its end; a stream that only listens is opened again with a fresh token.
          expiresAt: request.method === 'GET' ? access.expiresAt : undefined,
        })
      : answer.pieces
    const response = new Response(streamOf(pieces), { status, headers: down })
    return hidesTools ? guard.hideTools(response, body?.message, access) : response
  }

  function refuse(failure: unknown, call: Call): Response {
    const { correlation } = call.visit
    const error = failure instanceof Refusal && failure.reason === 'proof_unknown' ? ofDatabase(failure.cause) : failure
    if (error instanceof Refusal) {
      const { reason } = error
      audit({ type: 'access.refused', outcome: 'refused', reason, ...story(call), detail: detailOf(call) })
      return guard.challenge(withReference(error, guard, correlation))
    }
    const problem = error instanceof GatewayProblem ? error : ownProblem(error)
    tell(problem, call)
    return problemResponse(problem, requestId(call.body?.message), correlation)
  }

  function tell(problem: GatewayProblem, call: Call): void {
    audit({
      type: eventOf(problem),
      outcome: 'refused',
      reason: problem.reason,
      ...story(call),
      detail: { ...detailOf(call), ...messageOf(problem) },
    })
  }

  function story({ visit, access }: Call) {
    return {
      ...visit,
      actor: access?.subject,
      client: access?.clientId,
      resource: guard.resource,
      grant: access?.grantId,
    }
  }
}

/** Proofs are remembered in our own database: it is away for the gateway as it is for everybody, also where it is too slow for a proof. */
function ofDatabase(cause: unknown): unknown {
  if (!(cause instanceof DOMException) || cause.name !== 'TimeoutError') return cause
  return new StoreUnavailable(cause.message, { cause })
}

/** What is wrong with us and not with the request: what it is, is told to operators alone. */
function ownProblem(cause: unknown): GatewayProblem {
  return cause instanceof StoreUnavailable
    ? new GatewayProblem(503, UNAVAILABLE, 'The database does not answer; try again', 'store_unavailable')
    : new GatewayProblem(500, UNAVAILABLE, 'Something went wrong here; try again', 'unexpected_error', { cause })
}

function eventOf({ reason, status }: GatewayProblem): AuditEvent['type'] {
  if (reason.startsWith('upstream_')) return 'upstream.failed'
  return reason === 'store_unavailable' || status === 500 ? 'server.failed' : 'access.refused'
}

/** For operators alone: an address inside stands here and not on the wire. */
function messageOf({ cause }: GatewayProblem): { message?: string; code?: string } {
  if (!(cause instanceof Error)) return {}
  const code = codeOf(cause)
  return { message: wordsOf(cause), ...(code === undefined ? {} : { code }) }
}

/** On every request, whatever session it names (MCP 2026-07-28, RS28, RS35). */
async function admit(
  { guard, standing, certificateOf }: GatewayOptions,
  request: Request,
  know: (access: Access) => void,
): Promise<Access> {
  const { method, headers } = request
  const access = await guard.verify(headers.get('authorization'), [], {
    method,
    proof: headers.get('dpop'),
    certificate: () => certificateOf?.(request),
  })
  // Also of a token that is good for nothing any more it is known whose it was.
  know(access)
  const verdict = access.grantId === undefined ? 'live' : await standing(access.grantId, issuedAt(access))
  const { scheme } = access
  switch (verdict) {
    case 'live':
      return access
    case 'revoked':
      throw new Refusal(401, 'invalid_token', 'The grant of this token is revoked', 'grant_revoked', { scheme })
    case 'outdated':
      throw new Refusal(401, 'invalid_token', 'The access token has to be renewed', 'token_outdated', { scheme })
    default:
      return verdict satisfies never
  }
}

/** A token that does not say when it was issued is from before everything. */
function issuedAt({ claims }: Access): number {
  return typeof claims.iat === 'number' ? claims.iat : 0
}

/**
 * MCP 2025-06-18, RS25. Each request carries a token that no other site can add, so any origin that is one may ask;
 * what is none is refused.
 */
function checkOrigin(request: Request): void {
  const origin = request.headers.get('origin')
  if (origin !== null && !ORIGIN.test(origin))
    throw new GatewayProblem(403, INVALID_REQUEST, 'The Origin header is not an origin', 'origin_malformed')
}

/** What the client can show to whoever runs this server, and where it reads more. The guard trusts our own issuer alone. */
function withReference(refusal: Refusal, guard: Guard, reference: string): Refusal {
  const { status, code, description, reason, scopes, retryAfterSeconds, scheme, nonce } = refusal
  const [issuer] = guard.metadata.authorization_servers
  return new Refusal(status, code, description, reason, {
    scopes,
    scheme,
    reference,
    ...(issuer === undefined ? {} : { errorUri: errorUri(issuer, reason) }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

function detailOf({ request, body }: Call): Record<string, string> {
  return { http: request.method, ...summary(body?.message) }
}
