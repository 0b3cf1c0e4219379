import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import { errorUri, OAuthError, wireDescription } from '@doorward/core/oauth/error'
import { formatScope } from '@doorward/core/oauth/scope'
import type { Authentication, NewGrant, StoredClient, StoredUser } from '../../store/store.ts'
import type { AuthorityContext, ResourceSettings, Visit } from '../context.ts'
import { acrOf } from '../identity/session.ts'
import type { Decision } from '../registration/decide.ts'
import { digestOfClient } from '../registration/digest-of-client.ts'
import { sealCode } from '../token/code.ts'
import { keepToLess, takeBack } from './answered-again.ts'
import { type Choice, chosenScopes, mayCarry, NO_CHOICE } from './choice.ts'
import { type Destination, redirectTo } from './destination.ts'
import { answerDevice } from './device-answer.ts'
import { type Pending, type PendingDevice, type PendingRedirect, requireSendable, sealToBrowser } from './pending.ts'
import { scopesToGrant } from './step-up.ts'

/** Everything that a page needs to ask a person, and to act on the answer. Made anew from the sealed request each time. */
export type Interaction = Asking & Answer

/** What waits, and where its answer goes. */
export type Answer =
  | { readonly pending: PendingRedirect; readonly destination: Destination }
  | { readonly pending: PendingDevice; readonly destination?: undefined }

interface Asking {
  readonly client: StoredClient
  readonly resource: ResourceSettings
  readonly scopes: readonly string[]
  /** Asked for, and not for the groups of this person; see `forPerson`. */
  readonly unavailable?: readonly string[]
  readonly details: readonly AuthorizationDetail[]
  readonly decision: Decision
}

/** What a page said to somebody, so that their yes means that and no more. */
export interface Said {
  /** The scopes of earlier grants that would stay. */
  readonly kept?: readonly string[] | undefined
  /** What it asked for, where that is not all of the request. */
  readonly shown?: readonly string[] | undefined
  /** That a yes admits this application, as it was then, for everybody. */
  readonly admits?: StoredClient | undefined
}

/** The same request, now sealed to the account that the page was shown to, with what the page said. */
export function sealForUser(
  ctx: AuthorityContext,
  browser: string,
  pending: Pending,
  userId: string,
  { kept = [], shown = pending.shown, admits }: Said = {},
): string {
  const said = { kept, shown, admits: admits && digestOfClient(admits) }
  const asShown = { ...pending, userId, ...said }
  return requireSendable(sealToBrowser(ctx.keys.pending, browser, pending.until, asShown, ctx.random(12)))
}

/** Whether this person has to wait for an operator first. An operator's own answer is that answer as well. */
export function needsOperator({ decision }: Interaction, user: StoredUser): boolean {
  return decision.verdict === 'ask' && !user.operator
}

/** Whether a yes would admit an application for everybody whose page said no such thing, or that was another one then. */
export function admitsUnsaid({ decision, pending, client }: Interaction): boolean {
  return decision.verdict === 'ask' && pending.admits !== digestOfClient(client)
}

/** Whether how somebody signed in is not enough for this request: too long ago, or of another class. */
export function needsSignIn(
  { freshSignIn, selectAccount, startedAt, maxAge, acr }: Pending,
  authentication: Authentication,
): boolean {
  if (selectAccount === true) return true
  // prompt=login: the sign-in has to be younger than the request.
  if (freshSignIn && authentication.at < startedAt) return true
  // Counted to the request and not to now: who reads the consent page slowly is not sent away again.
  if (maxAge !== undefined && authentication.at + maxAge < startedAt) return true
  return acr !== undefined && acrOf(authentication) !== acr
}

/**
 * Whether this person may be asked at all. What somebody registered for themselves is for them; the administration is for
 * operators.
 * @throws OAuthError to be shown to the person.
 */
export function assertMayAnswer(ctx: AuthorityContext, { client, resource }: Interaction, user: StoredUser): void {
  if (client.owner !== undefined && client.owner !== user.id) {
    throw new OAuthError(
      'access_denied',
      'Somebody registered this application for their own use',
      'client_of_another_person',
      { status: 403 },
    )
  }
  if (resource.uri === ctx.admin.uri && !user.operator) {
    throw new OAuthError(
      'access_denied',
      'Only operators can give access to the administration',
      'admin_not_an_operator',
      { status: 403 },
    )
  }
}

/**
 * The person wants an operator to look at the application. The request stays open for a day, so that the same tab goes on
 * once somebody did; nothing else is written.
 */
export async function askOperator(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string,
  { pending, client, decision }: Interaction,
  user: StoredUser,
): Promise<string> {
  await ctx.store.clients.ask(client, { now: ctx.now(), by: user.id }, () => ({
    ...storyOf(visit, pending),
    type: 'client.asked',
    outcome: 'allowed',
    reason: 'operator_has_to_decide',
    actor: user.id,
    detail: { rule: decision.rule },
  }))
  // A device does not wait for so long; it asks again, and is admitted then.
  const until = pending.device === undefined ? pending.startedAt + ctx.lifetimes.approval : pending.until
  return sealToBrowser(ctx.keys.pending, browser, until, { ...pending, until, userId: user.id }, ctx.random(12))
}

/**
 * The person agreed. What is written is the grant, and before it, where an operator admits the application by it, that.
 * Sent twice, the same form opens the same grant and gets a code for it again; whichever code comes first is the one that
 * counts. Sent with less, it leaves the grant no more than that.
 */
export async function approve(
  ctx: AuthorityContext,
  visit: Visit,
  interaction: Interaction,
  user: StoredUser,
  choice: Choice = NO_CHOICE,
  authentication?: Authentication,
): Promise<Response> {
  const { pending, client, resource, details, destination, decision } = interaction
  const now = ctx.now()
  assertMayAnswer(ctx, interaction, user)
  if (needsOperator(interaction, user) || admitsUnsaid(interaction)) throw approvalMissing()
  if (choice.byHand && !mayCarry(ctx, interaction)) {
    throw new OAuthError('access_denied', 'This answer is not shown to anybody', 'answer_not_by_hand', { status: 403 })
  }
  // Of what the page showed; that their groups still leave it to them is looked at after that.
  const chosen = chosenScopes(interaction, choice)
  const scope = formatScope(await scopesToGrant(ctx, { ...interaction, scopes: chosen }, user))
  if (decision.verdict === 'ask') await approveClient(ctx, visit, client, user.id)
  const grant: NewGrant = {
    id: pending.grantId,
    userId: user.id,
    clientId: client.id,
    resource: resource.uri,
    scope,
    openedAt: now,
    codeExpiresAt:
      destination === undefined
        ? pending.until
        : now + (choice.byHand ? ctx.lifetimes.carriedCode : ctx.lifetimes.code),
    ...(client.assurance === 'domain' ? { client } : {}),
    senderKey: pending.senderKey,
    authorizationDetails: pending.authorizationDetails,
    network: visit.network,
    ...(choice.days === undefined ? {} : { endsAt: now + choice.days * 86_400 }),
    authentication,
  }
  const given: AuditEvent = {
    ...storyOf(visit, pending),
    type: 'consent.given',
    outcome: 'allowed',
    reason: 'person_agreed',
    actor: user.id,
    detail: {
      scope,
      asked: pending.scope,
      rule: decision.rule,
      assurance: client.assurance,
      ...(choice.byHand ? { byHand: true } : {}),
      ...(choice.days === undefined ? {} : { days: choice.days }),
      ...(details.length === 0 ? {} : { details: details.map(({ type }) => type).join(' ') }),
    },
  }
  if (destination === undefined) return answerDevice(ctx, pending, user, given, grant)
  const opened = await ctx.store.grants.open(grant, (verdict) => (verdict === 'opened' ? given : undefined))
  // RFC 9126 §4: a pushed request is good once. In a second person's browser it would connect them to the first one's account.
  if (opened === 'taken') {
    throw new OAuthError('invalid_request', 'This request was answered by somebody else before', 'pushed_used')
  }
  if (opened === 'exists') await keepToLess(ctx, given, grant)
  const code = sealCode(
    ctx.keys.code,
    {
      grantId: pending.grantId,
      clientId: client.id,
      redirectUri: pending.redirectUri,
      challenge: pending.challenge,
      correlation: pending.correlation,
    },
    ctx.random(12),
  )
  return redirectTo(destination, pending.issuer, { code })
}

/** The person declined. Nothing is written but the event, where they had agreed before the end of that, and where a device waits, what it has to be told. */
export async function deny(
  ctx: AuthorityContext,
  visit: Visit,
  { pending, destination }: Interaction,
  user: StoredUser,
): Promise<Response> {
  const denied: AuditEvent = {
    ...storyOf(visit, pending),
    type: 'consent.denied',
    outcome: 'refused',
    reason: 'person_declined',
    actor: user.id,
  }
  if (destination === undefined) return answerDevice(ctx, pending, user, denied, undefined)
  ctx.audit(denied)
  const { grantId: id, clientId, resource } = pending
  await takeBack(ctx, denied, { id, userId: user.id, clientId, resource })
  return redirectTo(destination, pending.issuer, {
    error: 'access_denied',
    error_description: wireDescription('The person declined', 'person_declined', pending.correlation),
    error_uri: errorUri(pending.issuer, 'person_declined'),
  })
}

async function approveClient(ctx: AuthorityContext, visit: Visit, client: StoredClient, by: string): Promise<void> {
  const now = ctx.now()
  await ctx.store.clients.ask(client, { now, by })
  const shown = digestOfClient(client)
  const isSeen = (stored: Pick<StoredClient, 'metadata'>) => digestOfClient(stored) === shown
  const verdict = await ctx.store.clients.approve(client.id, { now, by, isSeen }, () => ({
    ...visit,
    type: 'client.approved',
    outcome: 'allowed',
    reason: 'operator_agreed',
    actor: by,
    client: client.id,
  }))
  // It has become another one, or went, since it was read for this answer: what the operator saw is not what would be admitted.
  if (verdict !== 'done') throw approvalMissing()
}

function approvalMissing(): OAuthError {
  return new OAuthError('access_denied', 'An operator has to admit this application first', 'approval_missing', {
    status: 403,
  })
}

function storyOf(visit: Visit, pending: Pending) {
  return {
    ...visit,
    correlation: pending.correlation,
    client: pending.clientId,
    resource: pending.resource,
    grant: pending.grantId,
    detail: { scope: pending.scope },
  }
}
