import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { readCookie, SESSION } from '../cookies.ts'
import { TooBusy, verifyPassword } from './password.ts'
import { normalEmail } from './users.ts'

const FREE_TRIES = 5
const LONGEST_WAIT_SECONDS = 900
const MOST_STRANGERS = 10_000

export type SignIn =
  | { readonly verdict: 'signed-in'; readonly user: StoredUser; readonly session: string }
  | { readonly verdict: 'wrong' }
  | { readonly verdict: 'wait'; readonly seconds: number }
  | { readonly verdict: 'busy' }

/** No wait for the first tries, then 2, 4, 8 … seconds up to a quarter of an hour. */
export function backOff(failures: number): number {
  return failures < FREE_TRIES ? 0 : Math.min(LONGEST_WAIT_SECONDS, 2 ** (failures - FREE_TRIES + 1))
}

/** Compared where there is no such person, so that a wrong address takes as long as a wrong password. */
const NOBODY = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Addresses that belong to nobody wait as well, or the wait itself would tell who has an account. */
const strangers = new Map<string, { failures: number; until: number }>()

/**
 * Signs a person in with e-mail and password. The attempt is counted before the password is looked at.
 * On success a session is kept by its digest; the value itself exists only in the cookie.
 */
export async function signIn(ctx: AuthorityContext, visit: Visit, email: string, password: string): Promise<SignIn> {
  const now = ctx.now()
  const address = normalEmail(email)
  const user = await ctx.store.users.byEmail(address)
  // Hashing begins at once, for everybody: how long counting the attempt takes says nothing about who has an account.
  const hashing = verifyPassword(password, user?.password ?? NOBODY).catch((error: unknown) => {
    if (error instanceof TooBusy) return undefined
    throw error
  })
  const attempt =
    user === undefined ? strangerAttempt(sha256(address), now) : await ctx.store.users.attempt(user.id, now, backOff)
  if (attempt.verdict === 'wait') return refused('locked_out', { verdict: 'wait', seconds: attempt.until - now })
  const right = await hashing
  if (right === undefined) return refused('too_busy', { verdict: 'busy' })
  if (user === undefined) return refused('user_unknown', { verdict: 'wrong' })
  if (!right) return refused('password_wrong', { verdict: 'wrong' })
  if (user.disabledAt !== undefined) return refused('user_disabled', { verdict: 'wrong' })
  const session = Buffer.from(ctx.random(32)).toString('base64url')
  await ctx.store.users.signedIn(
    { digest: sha256(session), userId: user.id, createdAt: now, expiresAt: now + ctx.lifetimes.session },
    () => ({ type: 'sign-in.succeeded', outcome: 'allowed', reason: 'password', ...visit, actor: user.id }),
  )
  return { verdict: 'signed-in', user, session }

  function refused<Verdict extends SignIn>(reason: string, verdict: Verdict): Verdict {
    ctx.audit({ type: 'sign-in.refused', outcome: 'refused', reason, ...visit, actor: user?.id })
    return verdict
  }
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

function strangerAttempt(key: string, now: number) {
  const known = strangers.get(key)
  if (known !== undefined && known.until > now) return { verdict: 'wait', until: known.until } as const
  const failures = (known?.failures ?? 0) + 1
  strangers.delete(key)
  strangers.set(key, { failures, until: now + backOff(failures) })
  // Bounded: the oldest is forgotten first.
  if (strangers.size > MOST_STRANGERS) strangers.delete(strangers.keys().next().value as string)
  return { verdict: 'proceed' } as const
}
