import { sha256 } from '@doorward/core/kernel/digest'
import {
  FEED_HELD_MILLISECONDS,
  grantMark,
  REVOKED_GRANTS_TYPE,
  type RevokedGrantsClaims,
} from '@doorward/core/token/revoked-grants'
import { signJwt } from '@doorward/core/token/sign-jwt'
import type { VoidedGrant } from '../store/store.ts'
import type { AuthorityContext } from './context.ts'
import type { Endpoint } from './http.ts'

/** Signed anew that often where nothing changes, in step with every other process on the database. */
const STEP_SECONDS = 5
const GOOD_SECONDS = 30
const CLOCKS_DIFFER_SECONDS = 600
/** As many as pass for one small document: 170 KB, of the 256 KiB that a follower reads. One that was narrowed takes more room. */
export const MOST_LISTED = 5_000
const ROOM_OF_NARROWED = 3

/** What was looked up, and what was so then: while all of it still is, it can be told again. */
interface Looked {
  readonly feed: Promise<Feed>
  readonly step: number
  readonly kid: string
  readonly changes: number
}

interface Feed {
  readonly text: string
  readonly tag: string
}

/**
 * `GET /revoked-grants`: the grants that ended, or were narrowed, while access tokens of theirs may still live, as a signed JWT. For everybody,
 * without a body where nothing changed (RFC 9110 §13.1.2).
 * @param hold calls back when what was looked up is too old to be told again without knowing that nothing changed
 */
export function revokedGrantsEndpoint(hold: (forget: () => void) => void = holdBriefly): Endpoint {
  let shown: Feed | undefined
  let looked: Looked | undefined
  let isHeld = false
  return async (ctx, request) => {
    if (looked === undefined || !(isHeld || isUnchanged(ctx, looked))) {
      isHeld = true
      const begun = { ...state(ctx), feed: look(ctx, shown) }
      looked = begun
      // Not to be had a moment ago is nothing to remember.
      begun.feed.catch(() => {
        if (looked === begun) looked = undefined
      })
      hold(() => {
        isHeld = false
      })
    }
    const feed = await looked.feed
    shown = feed
    const headers = {
      etag: feed.tag,
      // Caches may keep it, and ask whether it still holds each time: an age would be added to that of a revocation.
      'cache-control': 'public, no-cache',
      'x-content-type-options': 'nosniff',
    }
    if (isNamed(request.headers.get('if-none-match'), feed.tag)) return new Response(null, { status: 304, headers })
    return new Response(feed.text, { headers: { ...headers, 'content-type': `application/${REVOKED_GRANTS_TYPE}` } })
  }
}

function state(ctx: AuthorityContext): Omit<Looked, 'feed'> {
  const now = ctx.now()
  return { step: now - (now % STEP_SECONDS), kid: ctx.keyring.signing.kid, changes: ctx.news.count('grants') }
}

function isUnchanged(ctx: AuthorityContext, { step, kid, changes }: Looked): boolean {
  if (!ctx.news.isComplete()) return false
  const now = state(ctx)
  return now.step === step && now.kid === kid && now.changes === changes
}

async function look(ctx: AuthorityContext, before: Feed | undefined): Promise<Feed> {
  // The time first, then the look: what is told is never older than it says.
  const now = ctx.now()
  const { accessToken, boundAccessToken } = ctx.lifetimes
  const window = Math.max(accessToken, boundAccessToken) + CLOCKS_DIFFER_SECONDS
  const iat = now - (now % STEP_SECONDS)
  const voided = await ctx.store.grants.voidedSince(iat - window, MOST_LISTED + 1)
  const { signing } = ctx.keyring
  // Strong, and the same in every process on this database, so that a follower may ask any of them.
  const names = voided.map(({ id, at, isNarrowed }) => (isNarrowed ? `${id}@${at}` : id))
  const tag = `"${sha256([signing.kid, iat, ...names].join(' '))}"`
  if (tag === before?.tag) return before
  const { listed, unlisted } = fitting(voided)
  const narrowed = listed.filter(({ isNarrowed }) => isNarrowed)
  const claims: RevokedGrantsClaims = {
    iss: ctx.issuer,
    iat,
    exp: iat + GOOD_SECONDS,
    // A follower that has not learned of narrowing takes such a grant for ended: it refuses too much, and not too little.
    grants: listed.map(({ id }) => grantMark(id)),
    ...(narrowed.length === 0
      ? {}
      : { narrowed: Object.fromEntries(narrowed.map(({ id, at }) => [grantMark(id), at])) }),
    // No token of a grant is younger than the end of the grant, and those not listed ended no later than this one.
    ...(unlisted === undefined ? {} : { tokens_not_before: unlisted.at + 1 }),
  }
  return { text: signJwt(signing, REVOKED_GRANTS_TYPE, claims), tag }
}

/** The latest, as many as there is room for, and the first for which there is none. */
function fitting(voided: readonly VoidedGrant[]): {
  listed: readonly VoidedGrant[]
  unlisted: VoidedGrant | undefined
} {
  let room = MOST_LISTED
  const first = voided.findIndex(({ isNarrowed }) => {
    room -= isNarrowed ? ROOM_OF_NARROWED : 1
    return room < 0
  })
  return first === -1
    ? { listed: voided, unlisted: undefined }
    : { listed: voided.slice(0, first), unlisted: voided[first] }
}

/** RFC 9110 §13.1.2 compares weakly: a proxy that compresses has made the tag weak. */
function isNamed(header: string | null, tag: string): boolean {
  return header?.split(',').some((name) => name.trim().replace(/^W\//, '') === tag) === true
}

/** However many ask: the store is looked into at most four times a second, and only after a change where changes are heard of. */
function holdBriefly(forget: () => void): void {
  setTimeout(forget, FEED_HELD_MILLISECONDS).unref()
}
