import { type AuthorizationDetail, readAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { OAuthError } from '@doorward/core/oauth/error'
import { readForm } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import { parseScope } from '@doorward/core/oauth/scope'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, ResourceSettings, Visit } from '../context.ts'
import { type Decision, decide, notAdmitted } from '../registration/decide.ts'
import { findClient, recallClient } from '../registration/find-client.ts'
import type { Policy } from '../registration/policies/policy.ts'
import { freshPolicy, policyNow } from '../registration/policy-now.ts'
import { verifyDestination } from './destination.ts'
import type { Answer, Interaction } from './interaction.ts'
import { asAsked, openFromBrowser, type Pending } from './pending.ts'

/** One after the other: a client's own server can take seconds over its document, and what was read before counts no more then. */
interface Look {
  readonly request: (pending: Pending) => Pending
  readonly client: (ctx: AuthorityContext, visit: Visit, id: string) => Promise<StoredClient | undefined>
  readonly policy: (ctx: AuthorityContext) => Promise<Policy>
}

/**
 * Opens what was sealed into a page, and looks again: the client may have been blocked or removed since. For an answer, which counts by
 * what the store says now.
 * @throws OAuthError to be shown to the person.
 */
export function openInteraction(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string | undefined,
  sealed: string,
): Promise<Interaction> {
  return open(ctx, visit, browser, sealed, { request: (pending) => pending, client: findClient, policy: freshPolicy })
}

/** The same to draw a page, which gives nobody anything: by what is remembered of the client and the policy, and by nothing that an earlier page said. */
export function showInteraction(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string | undefined,
  sealed: string,
): Promise<Interaction> {
  return open(ctx, visit, browser, sealed, { request: asAsked, client: recallClient, policy: policyNow })
}

async function open(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string | undefined,
  sealed: string,
  look: Look,
): Promise<Interaction> {
  const opened = openFromBrowser<Pending>(ctx.keys.pending, browser, sealed, ctx.now())
  switch (opened.verdict) {
    case 'expired':
      return refuse('This request has waited too long for an answer', 'pending_expired')
    case 'foreign':
      return refuse('This request was not started in this browser', 'pending_foreign')
    case 'good':
      break
    default:
      return opened satisfies never
  }
  const pending = look.request(opened.value)
  const client = await look.client(ctx, visit, pending.clientId)
  if (client === undefined) refuse('The application is no longer registered here', 'client_unknown')
  if (client.blockedAt !== undefined) refuse('This application is blocked by the operator', 'client_blocked')
  const answer = whereTo(ctx, client, pending)
  const decision = decide(await look.policy(ctx), client, answer.destination?.uri)
  if (decision.verdict === 'refuse') throw notAdmitted(decision.rule)
  return interactionOf(ctx, answer, client, decision)
}

/**
 * A request together with what was found out about it.
 * @throws OAuthError where its MCP server is not served, or what it asks in detail is not known, any more.
 */
export function interactionOf(
  ctx: AuthorityContext,
  answer: Answer,
  client: StoredClient,
  decision: Decision,
): Interaction {
  const { pending } = answer
  const resource = [...ctx.resources, ctx.admin].find((candidate) => candidate.uri === pending.resource)
  if (resource === undefined) refuse('The MCP server is no longer served here', 'resource_unknown')
  const details = detailsOf(pending, resource)
  const scopes = pending.shown ?? parseScope(pending.scope)
  return { ...answer, client, resource, scopes, details, decision }
}

function whereTo(ctx: AuthorityContext, client: StoredClient, pending: Pending): Answer {
  if (pending.device !== undefined) return { pending }
  const form = readForm(new URLSearchParams({ redirect_uri: pending.redirectUri, state: pending.state ?? '' }))
  return { pending, destination: verifyDestination(form, client, ctx.redirectSchemes) }
}

/** Read again: the operator may have changed what the types mean, and with it the words that a person agrees to. */
function detailsOf({ authorizationDetails }: Pending, resource: ResourceSettings): readonly AuthorizationDetail[] {
  if (authorizationDetails === undefined) return []
  return readAuthorizationDetails(JSON.stringify(authorizationDetails), resource.authorizationDetailsTypes ?? {})
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
