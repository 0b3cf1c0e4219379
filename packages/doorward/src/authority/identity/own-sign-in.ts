import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { WaysIn } from '../../store/identity.ts'
import type { StoredSession, StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { groupsChange } from './membership.ts'
import { passkeyName } from './passkeys.ts'
import { hashPassword, TooBusy, verifyPassword } from './password.ts'
import { backOff } from './sign-in.ts'
import { isUsablePassword } from './users.ts'

interface Signed {
  readonly session: StoredSession
  readonly user: StoredUser
}

/** Everything that lets this person in, and where they are signed in. */
export async function waysOf(ctx: AuthorityContext, { user }: Signed) {
  return {
    passkeys: await ctx.store.passkeys.ofUser(user.id),
    identities: await ctx.store.identities.ofUser(user.id),
    sessions: await ctx.store.sessions.ofUser(user.id, ctx.now()),
  }
}

/**
 * A new password for the old one; every other session of the person ends. Guesses are counted like at the sign-in page.
 * @throws OAuthError
 */
export async function changePassword(
  ctx: AuthorityContext,
  visit: Visit,
  { user, session }: Signed,
  { old, next }: { readonly old: string; readonly next: string },
): Promise<void> {
  const key = `password of ${user.id}`
  const attempt = await ctx.store.attempts.begin(key, ctx.now(), backOff)
  if (attempt.verdict === 'wait') refuse('Too many tries; wait a moment', 'sign_in_limit', 429)
  const isRight = await inTime(verifyPassword(old, user.password)).catch(async (busy: unknown) => {
    // Nobody looked at it.
    await ctx.store.attempts.forgive(key)
    throw busy
  })
  if (!isRight) refuse('The old password is not right', 'password_unusable', 403)
  await ctx.store.attempts.forgive(key)
  if (!isUsablePassword(next)) refuse('The new password is too short or too long', 'password_unusable', 400)
  const password = await inTime(hashPassword(next))
  const verdict = await ctx.store.users.setPassword(
    user.id,
    { expected: user.password, password, keep: session.digest },
    (outcome) =>
      outcome === 'changed'
        ? { type: 'password.changed', outcome: 'allowed', reason: 'person_asked', ...visit, actor: user.id }
        : undefined,
  )
  if (verdict === 'unknown') refuse('The password was changed this very moment', 'password_unusable', 409)
}

/** Of one that is gone, or somebody else's, nothing is changed. */
export async function renamePasskey(ctx: AuthorityContext, { user }: Signed, id: string, name: string): Promise<void> {
  await ctx.store.passkeys.rename(id, user.id, passkeyName(name))
}

/** @throws OAuthError where it is the last way in */
export async function removePasskey(ctx: AuthorityContext, visit: Visit, { user }: Signed, id: string): Promise<void> {
  const verdict = await ctx.store.passkeys.remove(id, user.id, waysIn(ctx), () => ({
    type: 'passkey.removed',
    outcome: 'allowed',
    reason: 'person_asked',
    ...visit,
    actor: user.id,
  }))
  if (verdict === 'last') refuse('You would have no way left to sign in', 'last_way', 409)
}

/** @throws OAuthError where it is the last way in */
export async function unlink(
  ctx: AuthorityContext,
  visit: Visit,
  { user }: Signed,
  provider: string,
  subject: string,
): Promise<void> {
  const by = { ...visit, actor: user.id }
  const event = { outcome: 'allowed', ...by, detail: { provider } } as const
  // What it said of the person goes with it, in one step.
  const groups = groupsChange(ctx, { userId: user.id, provider, names: [], reason: 'person_unlinked', by })
  const verdict = await ctx.store.identities.remove(
    provider,
    subject,
    user.id,
    waysIn(ctx),
    () => ({ ...event, type: 'identity.unlinked', reason: 'person_asked' }),
    {
      groups: groups.describe,
      govern: groups.govern,
      role: () => ({ ...event, type: 'user.role.changed', reason: 'person' }),
    },
  )
  if (verdict === 'last') refuse('You would have no way left to sign in', 'last_way', 409)
}

export async function endSession(ctx: AuthorityContext, visit: Visit, { user }: Signed, digest: string): Promise<void> {
  await ctx.store.sessions.close(digest, user.id, () => ({
    type: 'session.ended',
    outcome: 'allowed',
    reason: 'person_asked',
    ...visit,
    actor: user.id,
  }))
}

export async function endOtherSessions(ctx: AuthorityContext, visit: Visit, { user, session }: Signed): Promise<void> {
  await ctx.store.sessions.closeOthers(user.id, session.digest, () => ({
    type: 'session.ended',
    outcome: 'allowed',
    reason: 'person_asked',
    ...visit,
    actor: user.id,
  }))
}

function waysIn({ signIn }: AuthorityContext): WaysIn {
  return { password: signIn.password, providers: signIn.providers.map(({ id }) => id) }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof TooBusy) refuse('Too many people are signing in right now', 'sign_in_limit', 503)
    throw error
  }
}

function refuse(description: string, reason: Reason, status: number): never {
  throw new OAuthError('access_denied', description, reason, { status })
}
