import { sha256 } from '@doorward/core/kernel/digest'
import type { SignInClaims } from '@doorward/core/token/access-token'
import type { Authentication, StoredSession, StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { otherSessions, readCookie, SESSION } from '../cookies.ts'

/** What changes how somebody signs in, and what opens the administration, wants a sign-in that is not older. In seconds. */
export const FRESH_SECONDS = 900
/** Remembering each use would write at each page. */
const TOUCH_SECONDS = 300

/** The browser in which somebody arrives. */
export interface Arriving {
  /** What it is, in words of ours. */
  readonly browser: string
  /** The digest of the session that it had so far. */
  readonly replaces: string | undefined
  /** Those of the other people who are signed in in it. */
  readonly beside?: readonly string[]
}

export function arriving(ctx: AuthorityContext, request: Request): Arriving {
  const session = readCookie(ctx, request, SESSION)
  return {
    browser: describeBrowser(request.headers.get('user-agent') ?? ''),
    replaces: session === undefined ? undefined : sha256(session),
    beside: otherSessions(ctx, request).map(sha256),
  }
}

/**
 * Opens a session, new at every sign-in: one that somebody planted before is worth nothing. It is kept by its digest; the value itself
 * exists only in the cookie. Undefined where the person was disabled, or changed the password, in that moment.
 */
export async function openSession(
  ctx: AuthorityContext,
  visit: Visit,
  user: Pick<StoredUser, 'id'>,
  authentication: Authentication,
  also: Partial<Arriving> & {
    readonly attempt?: string
    /** As it was compared, hashed. */
    readonly password?: string
    readonly reason: string
    readonly dropped?: number
  },
): Promise<string | undefined> {
  const now = ctx.now()
  const session = Buffer.from(ctx.random(32)).toString('base64url')
  const { method } = authentication
  const detail = { method, ...(also.dropped === undefined ? {} : { groups_dropped: also.dropped }) }
  const verdict = await ctx.store.users.signedIn(
    {
      digest: sha256(session),
      userId: user.id,
      createdAt: now,
      expiresAt: now + ctx.lifetimes.session,
      authentication,
      network: visit.network,
      browser: also.browser ?? '',
      usedAt: now,
    },
    {
      attempt: also.attempt,
      // Of these, the ones of the same person end: those of other people in this browser are theirs to end.
      replaces: [...(also.replaces === undefined ? [] : [also.replaces]), ...(also.beside ?? [])],
      password: also.password,
    },
    (outcome) =>
      outcome === 'opened'
        ? { type: 'sign-in.succeeded', outcome: 'allowed', reason: also.reason, ...visit, actor: user.id, detail }
        : { type: 'sign-in.refused', outcome: 'refused', reason: 'user_disabled', ...visit, actor: user.id, detail },
  )
  return verdict === 'opened' ? session : undefined
}

export interface SignedIn {
  readonly user: StoredUser
  readonly session: StoredSession
}

/** The person behind a request's session cookie. */
export async function signedInUser(ctx: AuthorityContext, request: Request) {
  const value = readCookie(ctx, request, SESSION)
  if (value === undefined) return undefined
  const found = await ctx.store.sessions.find(sha256(value), ctx.now())
  if (found !== undefined && found.session.usedAt + TOUCH_SECONDS <= ctx.now()) {
    await ctx.store.sessions.touch(found.session.digest, ctx.now())
  }
  return found
}

export function isFresh(ctx: Pick<AuthorityContext, 'now'>, { at }: Authentication): boolean {
  return at + FRESH_SECONDS > ctx.now()
}

/**
 * The class of an authentication where there is a name for it: `phr`, resistant to phishing (OpenID Connect EAP ACR Values §2). What a
 * provider's classes mean is known to that provider alone.
 */
export function acrOf({ method }: Authentication): 'phr' | undefined {
  return method === 'passkey' ? 'phr' : undefined
}

/** What a token says of it: nothing that nobody knows. */
export function signInClaims(authentication: Authentication | undefined): SignInClaims {
  if (authentication === undefined) return {}
  const { at, amr } = authentication
  return {
    auth_time: at === 0 ? undefined : at,
    acr: acrOf(authentication),
    amr: amr.length === 0 ? undefined : amr,
  }
}

export const ACR_VALUES: readonly string[] = ['phr']

const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Headless)?Chrom(e|ium)\/|\bCriOS\//],
  ['Safari', /\bSafari\//],
]
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]

/** `Firefox, Linux`: names that every language has, and none of the text that a browser sends. */
export function describeBrowser(agent: string): string {
  const named = (list: typeof BROWSERS) => list.find(([, pattern]) => pattern.test(agent.slice(0, 400)))?.[0]
  return [named(BROWSERS), named(SYSTEMS)].filter((name) => name !== undefined).join(', ')
}
