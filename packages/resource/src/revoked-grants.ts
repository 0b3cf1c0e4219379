import { grantMark, REVOKED_GRANTS_TYPE } from '@doorward/core/token/revoked-grants'
import type { JWSAlgorithm, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { compactVerify } from 'jose/jws/compact/verify'
import { isObject } from './tools.ts'

/** What an authorization server said last of the grants that ended. */
export interface Feed {
  /** Seconds since 1970, as is the rest. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** Those that ended. */
  readonly marks: ReadonlySet<string>
  /** Those that live on with less, and since when: access tokens from before are void. */
  readonly narrowed: ReadonlyMap<string, number>
  /** No access token issued before is good; 0 where all are. */
  readonly tokensNotBefore: number
}

export type FeedProblem =
  | 'feed_absent'
  | 'feed_expired'
  | 'feed_foreign_issuer'
  | 'feed_from_the_future'
  | 'feed_keys_unreachable'
  | 'feed_malformed'
  | 'feed_older'
  | 'feed_too_large'
  | 'feed_unreachable'
  | 'feed_wrong_signature'
  | 'feed_wrong_type'

/** An answer that says nothing of how things stand. */
export class FeedError extends Error {
  readonly problem: FeedProblem

  constructor(problem: FeedProblem, cause?: unknown) {
    super(problem, { cause })
    this.problem = problem
  }
}

export interface FeedExpectation {
  readonly issuer: string
  readonly keys: JWTVerifyGetKey
  readonly algorithms: readonly string[]
  /** Seconds since 1970. */
  readonly now: number
  readonly toleranceSeconds: number
}

const MARK = /^[\w-]{22}$/

/** Verifies and reads a feed. Throws a `FeedError` for what is not signed by this issuer, as a feed, for now. */
export async function readFeed(text: string, expected: FeedExpectation): Promise<Feed> {
  const claims = await verify(text, expected)
  const { iss, iat, exp, grants, narrowed: less = {}, tokens_not_before: notBefore = 0 } = claims
  if (iss !== expected.issuer) throw new FeedError('feed_foreign_issuer')
  if (!isTime(iat) || !isTime(exp) || !isTime(notBefore)) throw new FeedError('feed_malformed')
  if (!Array.isArray(grants) || !grants.every(isMark)) throw new FeedError('feed_malformed')
  if (!isObject(less) || !Object.entries(less).every(([mark, at]) => isMark(mark) && isTime(at)))
    throw new FeedError('feed_malformed')
  if (iat > expected.now + expected.toleranceSeconds) throw new FeedError('feed_from_the_future')
  if (exp + expected.toleranceSeconds <= expected.now) throw new FeedError('feed_expired')
  const narrowed = new Map(Object.entries(less) as [string, number][])
  const marks = new Set(grants.filter((mark) => !narrowed.has(mark)))
  return { issuedAt: iat, expiresAt: exp, marks, narrowed, tokensNotBefore: notBefore }
}

async function verify(text: string, { keys, algorithms }: FeedExpectation): Promise<Record<string, unknown>> {
  try {
    const { payload, protectedHeader } = await compactVerify(text, keys, {
      algorithms: [...algorithms] as JWSAlgorithm[],
    })
    if (protectedHeader.typ !== REVOKED_GRANTS_TYPE) throw new FeedError('feed_wrong_type')
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    if (!isObject(claims)) throw new FeedError('feed_malformed')
    return claims
  } catch (error) {
    if (error instanceof FeedError) throw error
    if (error instanceof errors.JWSInvalid || error instanceof SyntaxError || error instanceof TypeError)
      throw new FeedError('feed_malformed', error)
    if (error instanceof errors.JOSEError) throw new FeedError('feed_wrong_signature', error)
    throw new FeedError('feed_keys_unreachable', error)
  }
}

/**
 * What is known after `next` was read. What ended never comes back to life by an older feed: that one is refused, and of one
 * from the same moment only what it adds is taken.
 */
export function followOn(held: Feed | undefined, next: Feed): Feed {
  if (held === undefined || next.issuedAt > held.issuedAt) return next
  if (next.issuedAt < held.issuedAt) throw new FeedError('feed_older')
  return {
    ...next,
    marks: new Set([...held.marks, ...next.marks]),
    narrowed: later(held.narrowed, next.narrowed),
    tokensNotBefore: Math.max(held.tokensNotBefore, next.tokensNotBefore),
  }
}

function later(held: Feed['narrowed'], next: Feed['narrowed']): Feed['narrowed'] {
  const both = new Map(held)
  for (const [mark, at] of next) both.set(mark, Math.max(at, both.get(mark) ?? 0))
  return both
}

/**
 * `outdated`: a token of before has to be renewed, because its grant holds less now, or because too many ended to be told apart.
 */
export function verdictOn(feed: Feed, grantId: string, issuedAt: number): 'revoked' | 'outdated' | 'live' {
  if (feed.marks.size + feed.narrowed.size > 0) {
    const mark = grantMark(grantId)
    if (feed.marks.has(mark)) return 'revoked'
    if (issuedAt < (feed.narrowed.get(mark) ?? 0)) return 'outdated'
  }
  return issuedAt < feed.tokensNotBefore ? 'outdated' : 'live'
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isMark(value: unknown): value is string {
  return typeof value === 'string' && MARK.test(value)
}
