import { sha256 } from '@doorward/core/kernel/digest'
import { seal, unseal } from '@doorward/core/kernel/seal'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { readCookie, SESSION } from '../cookies.ts'
import { takeToken } from '../limits.ts'
import { TooBusy, verifyPassword } from './password.ts'
import { normalEmail } from './users.ts'

const FREE_TRIES = 5
const LONGEST_WAIT_SECONDS = 900
/** Tries from one network before it has to wait: a burst, then one each second. */
const NETWORK_TRIES = { burst: 60, perSecond: 1 }

export type SignIn =
  | { readonly verdict: 'signed-in'; readonly user: StoredUser; readonly session: string; readonly known: string }
  | { readonly verdict: 'wrong' }
  | { readonly verdict: 'wait'; readonly seconds: number }
  | { readonly verdict: 'busy' }

/** No wait for the first tries, then 2, 4, 8 … seconds up to a quarter of an hour. */
export function backOff(failures: number): number {
  return failures < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT_SECONDS, 2 ** (failures - FREE_TRIES + 1))
}

/** Compared where there is no such person, so that a wrong address takes as long as a wrong password. */
const NOBODY = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * Signs a person in with e-mail and password. The attempt is counted before the password is looked at, for an address that
 * belongs to nobody like for any other, and nothing is hashed while it has to wait.
 * On success a session is kept by its digest; the value itself exists only in the cookie.
 * @param known what this browser kept from an earlier sign-in: it is counted apart, so that a stranger who guesses at an
 * address does not lock its owner out.
 */
export async function signIn(
  ctx: AuthorityContext,
  visit: Visit,
  email: string,
  password: string,
  known?: string,
): Promise<SignIn> {
  const now = ctx.now()
  const address = normalEmail(email)
  const browser = openKnown(ctx, known, address)
  const key = sha256(browser === undefined ? `address ${address}` : `browser ${browser}`)
  if (browser === undefined) {
    const seconds = takeToken(ctx.buckets, `sign-in ${visit.network}`, now, NETWORK_TRIES)
    if (seconds > 0) return refused('network_busy', { verdict: 'wait', seconds })
  }
  const user = await ctx.store.users.byEmail(address)
  const attempt = await ctx.store.attempts.begin(key, now, backOff)
  if (attempt.verdict === 'wait') return refused('locked_out', { verdict: 'wait', seconds: attempt.until - now })
  let right: boolean
  try {
    right = await verifyPassword(password, user?.password ?? NOBODY)
  } catch (error) {
    if (!(error instanceof TooBusy)) throw error
    await ctx.store.attempts.forgive(key)
    return refused('too_busy', { verdict: 'busy' })
  }
  if (user === undefined) return refused('user_unknown', { verdict: 'wrong' })
  if (!right) return refused('password_wrong', { verdict: 'wrong' })
  if (user.disabledAt !== undefined) return refused('user_disabled', { verdict: 'wrong' })
  const session = Buffer.from(ctx.random(32)).toString('base64url')
  await ctx.store.users.signedIn(
    { digest: sha256(session), userId: user.id, createdAt: now, expiresAt: now + ctx.lifetimes.session },
    key,
    () => ({ type: 'sign-in.succeeded', outcome: 'allowed', reason: 'password', ...visit, actor: user.id }),
  )
  return { verdict: 'signed-in', user, session, known: sealKnown(ctx, address, browser) }

  function refused<Verdict extends SignIn>(reason: string, verdict: Verdict): Verdict {
    ctx.audit({ type: 'sign-in.refused', outcome: 'refused', reason, ...visit })
    return verdict
  }
}

/** Names this browser to us for one address; it opens nothing. */
function sealKnown(ctx: AuthorityContext, address: string, browser: string | undefined): string {
  const id = browser ?? Buffer.from(ctx.random(16)).toString('base64url')
  return seal(ctx.keys.pending, Buffer.from(JSON.stringify(['known', sha256(address), id])), ctx.random(12))
}

function openKnown(ctx: AuthorityContext, known: string | undefined, address: string): string | undefined {
  const plain = known === undefined ? undefined : unseal(ctx.keys.pending, known)
  if (plain === undefined) return undefined
  const [kind, owner, id] = JSON.parse(plain.toString('utf8')) as [unknown, string, string]
  return kind === 'known' && owner === sha256(address) ? id : undefined
}

/** The person behind a request's session cookie. */
export async function signedInUser(ctx: AuthorityContext, request: Request) {
  const value = readCookie(ctx, request, SESSION)
  return value === undefined ? undefined : ctx.store.sessions.find(sha256(value), ctx.now())
}

export async function signOut(ctx: AuthorityContext, request: Request, visit: Visit): Promise<void> {
  const value = readCookie(ctx, request, SESSION)
  if (value === undefined) return
  const found = await ctx.store.sessions.find(sha256(value), ctx.now())
  await ctx.store.sessions.close(sha256(value), (verdict) =>
    verdict === 'closed'
      ? { type: 'sign-out', outcome: 'allowed', reason: 'person_asked', ...visit, actor: found?.user.id }
      : undefined,
  )
}
