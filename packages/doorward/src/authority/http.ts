import { depthOf } from '@doorward/core/kernel/json'
import { readAtMost } from '@doorward/core/kernel/read-at-most'
import { errorUri, OAuthError, wireDescription } from '@doorward/core/oauth/error'
import { type Form, readForm } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import { StoreUnavailable } from '../store/unavailable.ts'
import type { AuthorityContext, Visit } from './context.ts'

const MOST_BODY_BYTES = 64 * 1024
const DEEPEST_JSON = 16

/** What an answer in JSON carries where no page of another origin has to read it. */
export const NO_STORE: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-type': 'application/json',
  'x-content-type-options': 'nosniff',
}

/** What a browser client needs to read (quirk Q23). The authorization endpoint never gets these. */
export const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After, DPoP-Nonce',
}

/** The same where browser clients of other origins call. Only endpoints that the route table opens to them use it. */
export const OPEN: Readonly<Record<string, string>> = { ...NO_STORE, ...CORS }

export type Endpoint = (ctx: AuthorityContext, request: Request, visit: Visit) => Promise<Response>

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = NO_STORE): Response {
  return jsonText(status, JSON.stringify(body), headers)
}

export function jsonText(status: number, text: string, headers: Readonly<Record<string, string>> = NO_STORE): Response {
  return new Response(text, { status, headers })
}

/**
 * Runs an endpoint whose callers are programs: every refusal leaves as JSON (RFC 6749 §5.2, quirk Q11).
 * @param headers those of each refusal
 */
export function forPrograms(endpoint: Endpoint, headers: Readonly<Record<string, string>>): Endpoint {
  return async (ctx, request, visit) => {
    try {
      return await endpoint(ctx, request, visit)
    } catch (error) {
      return refusalJson(ctx, asRefusal(ctx, error, visit), visit, headers)
    }
  }
}

/** The refusal itself, or a `server_error` for what is our own bug; the bug goes to the event stream, never on the wire. */
export function asRefusal(ctx: AuthorityContext, error: unknown, visit: Visit): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof StoreUnavailable) {
    ctx.audit({ type: 'server.failed', outcome: 'refused', reason: 'store_unavailable', ...visit })
    return new OAuthError('temporarily_unavailable', 'The database does not answer; try again', 'store_unavailable', {
      status: 503,
    })
  }
  ctx.audit({
    type: 'server.failed',
    outcome: 'refused',
    reason: 'unexpected_error',
    ...visit,
    detail: { message: error instanceof Error ? error.message : 'not an Error' },
  })
  return new OAuthError('server_error', 'Something went wrong here; try again', 'unexpected_error')
}

export function refusalJson(
  ctx: AuthorityContext,
  error: OAuthError,
  visit: Visit,
  always: Readonly<Record<string, string>> = NO_STORE,
): Response {
  const headers: Record<string, string> = { ...always }
  // RFC 6749 §5.2: a client that tried HTTP authentication is told the scheme.
  if (error.detail?.challenge !== undefined) headers['www-authenticate'] = error.detail.challenge
  const wait = retryAfterOf(error)
  if (wait !== undefined) headers['retry-after'] = wait
  if (error.detail?.dpop_nonce !== undefined) headers['dpop-nonce'] = error.detail.dpop_nonce
  // The rest is for the event stream.
  const { challenge: _, retry_after: __, rule: ___, dpop_nonce: ____, ...members } = error.detail ?? {}
  return json(error.status, { ...errorMembers(ctx, error, visit), ...members }, headers)
}

/** Seconds after which to come again: what the refusal says, or soon where something of ours does not answer. */
export function retryAfterOf({ status, detail }: Pick<OAuthError, 'status' | 'detail'>): string | undefined {
  return detail?.retry_after ?? (status === 503 ? '2' : undefined)
}

/** RFC 6749 §4.1.2.1, §5.2: the code, words with our reason and the reference, and where the reason is explained. */
export function errorMembers(ctx: AuthorityContext, error: OAuthError, visit: Visit) {
  return {
    error: error.code,
    error_description: wireDescription(error.description, error.reason, visit.correlation),
    error_uri: errorUri(ctx.issuer, error.reason),
  }
}

/** Reads an `application/x-www-form-urlencoded` body, and nothing else (quirk Q35). */
export async function readFormBody(request: Request, mostParameters?: number): Promise<Form> {
  requireType(request, 'application/x-www-form-urlencoded')
  return readForm(new URLSearchParams(await readText(request)), mostParameters)
}

export async function readJsonBody(request: Request): Promise<unknown> {
  return parseJson(await readJsonText(request))
}

/** The text of a JSON body, not looked at yet. */
export async function readJsonText(request: Request): Promise<string> {
  requireType(request, 'application/json')
  return readText(request)
}

export function parseJson(text: string): unknown {
  if (text.includes('�')) refuse('The body is not valid UTF-8', 'body_not_utf8')
  if (depthOf(text) > DEEPEST_JSON) refuse(`The JSON is nested deeper than ${DEEPEST_JSON} levels`, 'json_too_deep')
  try {
    return JSON.parse(text) as unknown
  } catch {
    return refuse('The body is not valid JSON', 'json_malformed')
  }
}

function requireType(request: Request, type: string): void {
  const given = request.headers.get('content-type')
  if (given === type) return
  if (given?.split(';')[0]?.trim().toLowerCase() !== type)
    refuse(`The content type has to be ${type}`, 'wrong_content_type')
}

async function readText(request: Request): Promise<string> {
  const length = request.headers.get('content-length')
  if (length !== null) {
    if (Number(length) > MOST_BODY_BYTES) tooLarge()
    return request.text().catch(incomplete)
  }
  if (request.body === null) return ''
  const bytes = (await readAtMost(request.body, MOST_BODY_BYTES).catch(incomplete)) ?? tooLarge()
  return bytes.toString('utf8')
}

/** A body fails in one way: its connection ends. Whoever sends it can make that happen, so it is no bug of ours. */
function incomplete(): never {
  refuse('The connection ended before the body was whole', 'body_incomplete')
}

function tooLarge(): never {
  throw new OAuthError('invalid_request', `The body is larger than ${MOST_BODY_BYTES} bytes`, 'body_too_large', {
    status: 413,
  })
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
