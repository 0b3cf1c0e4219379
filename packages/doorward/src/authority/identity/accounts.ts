import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { ACCOUNTS, MOST_ACCOUNTS, otherSessions, readCookie, SESSION, SESSION_LENGTH, writeCookie } from '../cookies.ts'
import type { SignedIn } from './session.ts'

/** One of the people who are signed in in a browser. */
export interface Account extends SignedIn {
  /** Of the cookie. It stays on this side: pages know an account by the digest of its session. */
  readonly value: string
  /** Who the pages are for now. */
  readonly isCurrent: boolean
}

/** Everybody who is signed in in this browser, each once, whoever the pages are for first. */
export async function accountsOf(ctx: AuthorityContext, request: Request): Promise<readonly Account[]> {
  const current = readCookie(ctx, request, SESSION)
  const signedIn = current === undefined ? undefined : await ctx.store.sessions.find(sha256(current), ctx.now())
  if (current === undefined || signedIn === undefined) return accountsBeside(ctx, request, undefined)
  const first = { ...signedIn, value: current, isCurrent: true }
  return [first, ...(await accountsBeside(ctx, request, signedIn.user))]
}

/** Everybody in this browser but the one whom the pages are for, each once. */
export async function accountsBeside(
  ctx: AuthorityContext,
  request: Request,
  user: Pick<StoredUser, 'id'> | undefined,
): Promise<readonly Account[]> {
  const found: Account[] = []
  for (const value of otherSessions(ctx, request)) {
    const signedIn = await ctx.store.sessions.find(sha256(value), ctx.now())
    const isKnown = (id: string) => id === user?.id || found.some(({ user }) => user.id === id)
    if (signedIn !== undefined && !isKnown(signedIn.user.id)) found.push({ ...signedIn, value, isCurrent: false })
  }
  return found
}

/**
 * The cookies after somebody signed in: theirs is the current session, the other people of this browser stay. Sessions of the
 * same person ended with the sign-in.
 */
export async function signedInBeside(
  ctx: AuthorityContext,
  visit: Visit,
  request: Request,
  session: string,
): Promise<readonly string[]> {
  const others = await accountsOf(ctx, request)
  for (const { session: left, user } of others.slice(MOST_ACCOUNTS - 1)) {
    await ctx.store.sessions.close(left.digest, user.id, () => ({
      type: 'session.ended',
      outcome: 'allowed',
      reason: 'too_many_accounts',
      ...visit,
      actor: user.id,
    }))
  }
  return cookiesOf(ctx, request, session, others)
}

/** The cookies with which the pages are for another of these people; undefined where this browser has no such session (any more). */
export async function chooseAccount(
  ctx: AuthorityContext,
  visit: Visit,
  request: Request,
  digest: string,
): Promise<readonly string[] | undefined> {
  const accounts = await accountsOf(ctx, request)
  const chosen = accounts.find(({ session }) => session.digest === digest)
  if (chosen === undefined) return undefined
  if (!chosen.isCurrent) {
    ctx.audit({ type: 'session.chosen', outcome: 'allowed', reason: 'person_asked', ...visit, actor: chosen.user.id })
  }
  return cookiesOf(
    ctx,
    request,
    chosen.value,
    accounts.filter((account) => account !== chosen),
  )
}

/** Signs one of them out, and nobody else. The cookies of who is left; nobody takes the place of the current one by themselves. */
export async function signOutAccount(
  ctx: AuthorityContext,
  visit: Visit,
  request: Request,
  digest: string | undefined,
): Promise<{ readonly cookies: readonly string[]; readonly left: number }> {
  const accounts = await accountsOf(ctx, request)
  const out = accounts.find(({ session, isCurrent }) => (digest === undefined ? isCurrent : session.digest === digest))
  if (out !== undefined) {
    await ctx.store.sessions.close(out.session.digest, out.user.id, () => ({
      type: 'sign-out',
      outcome: 'allowed',
      reason: 'person_asked',
      ...visit,
      actor: out.user.id,
    }))
  }
  const left = accounts.filter((account) => account !== out)
  const current = left.find(({ isCurrent }) => isCurrent)
  const others = left.filter((account) => account !== current)
  return { cookies: cookiesOf(ctx, request, current?.value, others), left: left.length }
}

function cookiesOf(
  ctx: AuthorityContext,
  request: Request,
  current: string | undefined,
  others: readonly Account[],
): readonly string[] {
  const seconds = ctx.lifetimes.session
  const values = others
    .map(({ value }) => value)
    .filter((value) => value.length === SESSION_LENGTH)
    .slice(0, MOST_ACCOUNTS - 1)
  const session = writeCookie(ctx, SESSION, current ?? '', current === undefined ? 0 : seconds)
  if (values.length === 0 && readCookie(ctx, request, ACCOUNTS) === undefined) return [session]
  return [session, writeCookie(ctx, ACCOUNTS, values.join(''), values.length === 0 ? 0 : seconds)]
}
