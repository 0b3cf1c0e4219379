import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredIdentity, StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { timeOrderedId } from '../ids.ts'
import type { Arrival } from './connectors/connector.ts'
import { proposeLink } from './linking.ts'
import { groupsOf, isUnlinked, takeGroups } from './provider-said.ts'
import { type Arriving, openSession } from './session.ts'
import { type Provider, providerFor } from './settings.ts'

export type Admitted =
  | { readonly verdict: 'signed-in'; readonly session: string; readonly user: StoredUser }
  /** The address belongs to somebody here: they have to show that it is them, and to agree. */
  | { readonly verdict: 'proposed'; readonly link: string }
  | { readonly verdict: 'linked'; readonly user: StoredUser }

interface Coming {
  readonly browser: string
  readonly from: Arriving
  /** When the person signed in at the provider. */
  readonly at: number
  /** Who wants to link this account to their own. */
  readonly linkTo: string | undefined
  readonly request: string
  /** Judged once more, after somebody else was first. */
  readonly isAgain?: boolean
}

/**
 * Whose account this is. Known: its person. Unknown, with an address that somebody here has: theirs only after both were proved in one
 * browser. Otherwise somebody new, where that is allowed.
 * @throws OAuthError
 */
export async function admit(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  arrival: Arrival,
  coming: Coming,
): Promise<Admitted> {
  const known = await ctx.store.identities.find(provider.id, arrival.subject)
  if (coming.linkTo !== undefined) {
    await requireStillIn(ctx, coming.linkTo, coming.from)
    return link(ctx, visit, provider, arrival, coming.linkTo, known?.user)
  }
  if (known !== undefined) {
    await ctx.store.identities.use(provider.id, arrival.subject, ctx.now())
    return enter(ctx, visit, provider, arrival, known.user, coming)
  }
  const { email } = arrival
  if (email === undefined) refuse('The identity provider does not vouch for an e-mail address', 'email_unverified')
  const speaker = providerFor(ctx.signIn, email)
  if (speaker !== undefined && speaker.id !== provider.id) {
    refuse('Addresses of this domain sign in elsewhere', 'domain_of_another_provider')
  }
  const owner = await ctx.store.users.byEmail(email)
  if (owner !== undefined) {
    if (await canProve(ctx, owner)) return propose(ctx, provider, arrival, owner, coming)
    return adopt(ctx, visit, provider, arrival, owner, coming)
  }
  if (!mayBeNew(provider, speaker)) refuse('Nobody with this address was added here', 'person_not_admitted')
  const now = ctx.now()
  const user: StoredUser = {
    id: `dwu_${timeOrderedId(now * 1000, ctx.random)}`,
    email,
    // Matches nothing that anybody can type.
    password: '',
    operator: false,
    groups: [],
    createdAt: now,
  }
  const verdict = await ctx.store.identities.add(identityOf(ctx, provider, arrival, user.id), user, (outcome) =>
    outcome === 'added'
      ? {
          type: 'user.added',
          outcome: 'allowed',
          reason: 'person',
          ...visit,
          actor: user.id,
          detail: { provider: provider.id },
        }
      : undefined,
  )
  switch (verdict) {
    case 'added':
      return enter(ctx, visit, provider, arrival, user, coming)
    case 'taken':
    case 'email_taken':
      // Another tab of the same person was first, or somebody was added with this address meanwhile: it is judged by that.
      if (coming.isAgain !== true) return admit(ctx, visit, provider, arrival, { ...coming, isAgain: true })
      return refuse('The account was added this very moment; sign in again', 'sign_in_state')
    default:
      return verdict satisfies never
  }
}

/** Many providers have accounts of the whole world: that some domains are theirs to speak for lets in nobody else. */
function mayBeNew({ id, newPeople }: Provider, speaker: Provider | undefined): boolean {
  switch (newPeople) {
    case 'everybody':
      return true
    case 'of_its_domains':
      return speaker?.id === id
    case 'nobody':
      return false
    default:
      return newPeople satisfies never
  }
}

/** Whether there is anything by which somebody could show that an account here is theirs. */
async function canProve(ctx: AuthorityContext, owner: StoredUser): Promise<boolean> {
  const takesPassword = ctx.signIn.password && providerFor(ctx.signIn, owner.email) === undefined
  if (owner.password !== '' && takesPassword) return true
  if ((await ctx.store.passkeys.ofUser(owner.id)).length > 0) return true
  const elsewhere = await ctx.store.identities.ofUser(owner.id)
  return elsewhere.some(({ provider }) => ctx.signIn.providers.some(({ id }) => id === provider))
}

/**
 * An account that an operator made, or left, without any way in waits for the one provider that speaks for its address. A password that is
 * not taken any more is not given up for that by itself: an operator says so first.
 */
async function adopt(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  arrival: Arrival,
  owner: StoredUser,
  coming: Coming,
): Promise<Admitted> {
  const isItsOwn = providerFor(ctx.signIn, owner.email)?.id === provider.id
  const verdict = isItsOwn
    ? await ctx.store.identities.adopt(
        identityOf(ctx, provider, arrival, owner.id),
        ctx.signIn.providers.map(({ id }) => id),
        (outcome) =>
          outcome === 'added'
            ? {
                type: 'identity.linked',
                outcome: 'allowed',
                reason: 'account_without_a_way_in',
                ...visit,
                actor: owner.id,
                detail: { provider: provider.id },
              }
            : undefined,
      )
    : 'held'
  switch (verdict) {
    case 'added':
      return enter(ctx, visit, provider, arrival, owner, coming)
    case 'taken':
      return refuse('The account was added this very moment; sign in again', 'sign_in_state')
    case 'held':
      return refuse('The account with this address has a password only, which is not taken', 'only_a_password')
    default:
      return verdict satisfies never
  }
}

/** Groups and role are what the provider says now, at every sign-in, before the session is there. */
async function enter(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  arrival: Arrival,
  user: StoredUser,
  { from, at }: Coming,
): Promise<Admitted> {
  const groups = groupsOf(arrival)
  await takeGroups(ctx, visit, provider, user.id, groups)
  const session = await openSession(
    ctx,
    visit,
    user,
    { at, method: provider.id, amr: arrival.amr },
    { ...from, reason: 'identity_provider', dropped: groups.dropped },
  )
  if (session === undefined) refuse('This account is disabled', 'account_disabled')
  if (await isUnlinked(ctx, visit, provider, arrival, user.id)) {
    await ctx.store.sessions.close(sha256(session), user.id)
    refuse('The account was unlinked this very moment', 'sign_in_state')
  }
  return { verdict: 'signed-in', session, user: (await ctx.store.users.byId(user.id)) ?? user }
}

/** Who ended a session that was not theirs, by a new password or otherwise, has ended what it was about to link as well. */
async function requireStillIn(ctx: AuthorityContext, userId: string, { replaces }: Arriving): Promise<void> {
  const found = replaces === undefined ? undefined : await ctx.store.sessions.find(replaces, ctx.now())
  if (found?.user.id !== userId)
    refuse('Whoever asked to link this account is not signed in here', 'link_other_account')
}

async function link(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  arrival: Arrival,
  userId: string,
  owner: StoredUser | undefined,
): Promise<Admitted> {
  const user = await ctx.store.users.byId(userId)
  if (user === undefined || user.disabledAt !== undefined) return refuse('This account is disabled', 'account_disabled')
  if (owner?.id === userId) return { verdict: 'linked', user }
  const groups = groupsOf(arrival)
  const verdict = await ctx.store.identities.add(identityOf(ctx, provider, arrival, userId), undefined, (outcome) =>
    outcome === 'added'
      ? {
          type: 'identity.linked',
          outcome: 'allowed',
          reason: 'person_asked',
          ...visit,
          actor: userId,
          detail: { provider: provider.id, groups_dropped: groups.dropped },
        }
      : undefined,
  )
  // Another tab of theirs may have been first.
  if (verdict !== 'added' && (await ctx.store.identities.find(provider.id, arrival.subject))?.user.id !== userId)
    refuse('This account is linked to somebody else', 'identity_taken')
  await takeGroups(ctx, visit, provider, userId, groups)
  await isUnlinked(ctx, visit, provider, arrival, userId)
  return { verdict: 'linked', user }
}

async function propose(
  ctx: AuthorityContext,
  provider: Provider,
  arrival: Arrival,
  owner: StoredUser,
  { browser, request }: Coming,
): Promise<Admitted> {
  const link = await proposeLink(ctx, browser, {
    identity: identityOf(ctx, provider, arrival, owner.id),
    email: owner.email,
    proposedAt: ctx.now(),
    request,
  })
  return { verdict: 'proposed', link }
}

function identityOf(ctx: AuthorityContext, provider: Provider, arrival: Arrival, userId: string): StoredIdentity {
  const now = ctx.now()
  return { provider: provider.id, subject: arrival.subject, userId, label: arrival.label, createdAt: now, usedAt: now }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('access_denied', description, reason, { status: 403 })
}
