import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import type { StoredIdentity, StoredSession, StoredUser } from '../../store/store.ts'
import { openFromBrowser, sealToBrowser } from '../authorize/pending.ts'
import type { AuthorityContext, Visit } from '../context.ts'

const PROPOSAL_SECONDS = 600

/** An account elsewhere that would belong to somebody here, by its verified address. */
export interface Proposal {
  readonly identity: StoredIdentity
  readonly email: string
  readonly proposedAt: number
  /** What the person was on the way to. */
  readonly request: string
}

/** Keeps the question, sealed to this browser. Returns what it is asked by. */
export async function proposeLink(ctx: AuthorityContext, browser: string, proposal: Proposal): Promise<string> {
  const link = Buffer.from(ctx.random(24)).toString('base64url')
  const until = proposal.proposedAt + PROPOSAL_SECONDS
  const sealed = sealToBrowser(ctx.keys.signIn, browser, until, ['link', proposal], ctx.random(12))
  await ctx.store.journeys.begin(sha256(`link ${link}`), sealed, until)
  return link
}

/** @throws OAuthError */
export async function lookAtLink(ctx: AuthorityContext, browser: string | undefined, link: string): Promise<Proposal> {
  return open(ctx, browser, await ctx.store.journeys.look(sha256(`link ${link}`), ctx.now()))
}

/** Whether the person of this session has shown, since the question came up, that the account is theirs. */
export function provesBoth(
  { identity, proposedAt }: Proposal,
  found: { session: StoredSession; user: StoredUser },
): boolean {
  return found.user.id === identity.userId && found.session.authentication.at >= proposedAt
}

/**
 * Links, once, what both were proved of in this browser.
 * @throws OAuthError
 */
export async function acceptLink(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string | undefined,
  link: string,
  found: { session: StoredSession; user: StoredUser },
): Promise<void> {
  const proposal = open(ctx, browser, await ctx.store.journeys.take(sha256(`link ${link}`), ctx.now()))
  if (!provesBoth(proposal, found)) {
    throw new OAuthError('access_denied', 'Another account was to be linked', 'link_other_account', { status: 403 })
  }
  const { identity } = proposal
  const verdict = await ctx.store.identities.add(identity, undefined, (outcome) =>
    outcome === 'added'
      ? {
          type: 'identity.linked',
          outcome: 'allowed',
          reason: 'person_agreed',
          ...visit,
          actor: found.user.id,
          detail: { provider: identity.provider },
        }
      : undefined,
  )
  if (verdict === 'added') return
  // The same question, asked in another tab, may have been answered first: what was wanted is so.
  const known = await ctx.store.identities.find(identity.provider, identity.subject)
  if (known?.user.id !== found.user.id)
    throw new OAuthError('access_denied', 'This account is linked to somebody else', 'identity_taken', { status: 409 })
}

function open(ctx: AuthorityContext, browser: string | undefined, sealed: string | undefined): Proposal {
  const opened = openFromBrowser<[string, Proposal]>(ctx.keys.signIn, browser, sealed ?? '', ctx.now())
  if (opened.verdict === 'good' && opened.value[0] === 'link') return opened.value[1]
  throw new OAuthError('invalid_request', 'This question is over, or was asked in another browser', 'link_expired')
}
