import { OutboundError } from '@doorward/core/kernel/outbound'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { AuthorityContext } from '../context.ts'

/** An ID token with two hundred groups in it, twice over. */
const MOST_ANSWER_BYTES = 256 * 1024
/** Of words that are not ours, in an event. */
const LONGEST_FAULT = 200
const WITHOUT_BODY = new Set([204, 205, 304])

/** The way out to providers, in the shape of `fetch`. Redirects are not followed. */
export function providerDoor({ fetchProvider }: Pick<AuthorityContext, 'fetchProvider'>) {
  return async (
    url: string,
    init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: unknown } = {},
  ): Promise<Response> => {
    const { 'content-type': type, accept, ...headers } = init.headers ?? {}
    const fetched = await fetchProvider({
      url,
      accept: accept ?? 'application/json',
      mostBytes: MOST_ANSWER_BYTES,
      headers,
      ...(init.method === 'POST'
        ? { post: { type: type ?? 'application/x-www-form-urlencoded', body: String(init.body ?? '') } }
        : {}),
    })
    const answer = WITHOUT_BODY.has(fetched.status) ? null : Buffer.from(fetched.body)
    return new Response(answer, {
      status: fetched.status,
      headers: { 'content-type': fetched.header('content-type') ?? '', link: fetched.header('link') ?? '' },
    })
  }
}

/** It is there and answers; what it answers is not taken. */
const UNUSABLE = new Set<OutboundError['reason']>(['too_large', 'encoded'])

function faultOf(error: unknown): string {
  if (error instanceof OutboundError) return error.reason
  return error instanceof Error ? error.message.slice(0, LONGEST_FAULT) : 'unknown'
}

/** Groups that are not all said give nobody less, and nobody more: they are not taken. */
export function groupsOverage(fault: string): OAuthError {
  const words = 'The identity provider does not list all the groups of this account'
  return new OAuthError('access_denied', words, 'groups_overage', { status: 403, detail: { fault } })
}

/** What went wrong on the way to a provider, for the person; the words of the provider stay in the event. */
export function providerRefusal(error: unknown, reason: Reason = 'provider_answer'): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof OutboundError && !UNUSABLE.has(error.reason)) {
    const detail = { fault: error.reason }
    return new OAuthError(
      'temporarily_unavailable',
      'The identity provider cannot be reached',
      'provider_unreachable',
      {
        status: 503,
        detail,
      },
    )
  }
  const fault = faultOf(error)
  return new OAuthError('access_denied', 'The answer of the identity provider cannot be used', reason, {
    status: 502,
    detail: { fault },
  })
}
