import { narrowAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { expandScopes, parseScope } from '@doorward/core/oauth/scope'
import type { GrantEvidence } from '../../../store/store.ts'
import { kindRule } from '../../authorize/checks/scope.ts'
import { type AuthorityContext, hierarchyOf, type ResourceSettings } from '../../context.ts'
import { groupRule, isPerson } from '../../identity/group-rules.ts'
import { type OwnClaims, readAccessToken } from '../own-access-token.ts'
import { senderFor } from '../prove-sender.ts'
import { isProven } from '../proven.ts'
import { senderKeyOf } from '../sender-key.ts'
import { tokenStanding } from '../token-standing.ts'
import { type GrantRequest, type GrantType, type Judged, standingGrantType } from './grant.ts'
import { grantableScope, knownDetails, namedResource, requireLive } from './rules.ts'

interface Evidence {
  readonly subject: OwnClaims
  readonly grant: GrantEvidence
  /** Where the subject token is for. */
  readonly from: ResourceSettings
  readonly to: ResourceSettings
  readonly mayHave: (scope: string) => boolean
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const DEEPEST_CHAIN = 4

const exchange = standingGrantType<Evidence>({
  type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  kind: 'exchange',
  // An operator names a server by its id, which may be the address of its document.
  isForUnseen: true,
  reason: 'token_exchanged',

  read: async (ctx, _visit, { client, form, now }) => {
    requireOffered(form)
    const subject = await readAccessToken(ctx, form.require('subject_token'), now)
    if (subject === undefined)
      return refuse('The subject_token is not a good access token of this server', 'subject_token')
    const grant = await ctx.store.grants.find(subject.grant_id)
    if (grant === undefined) return refuse('The grant of the subject_token has ended', 'grant_revoked')
    const from = namedResource(ctx, [subject.aud])
    const to = destinationOf(ctx, form, from)
    // What a client was registered for does not bound what an operator wrote down about another server.
    const ofItsKind = kindRule(client, [to], ctx.policy)
    const ofTheirGroups = isPerson(grant.userId) ? groupRule(ctx, to, grant.groups) : () => true
    return { subject, grant, from, to, mayHave: (scope) => ofItsKind(scope) && ofTheirGroups(scope) }
  },

  judge: (request, evidence) => {
    const { client, now } = request
    const { subject, grant, from, to } = evidence
    const boundTo = senderKeyOf(subject.cnf)
    const sender = senderFor(request.shown, to.uri, boundTo)
    if (!isProven(client)) {
      throw new OAuthError(
        'unauthorized_client',
        'This grant is for clients that prove who they are',
        'exchange_client_unproven',
      )
    }
    requireLive(grant, now)
    if (tokenStanding(grant, subject.iat, now) !== 'live')
      refuse('The grant of the subject_token was narrowed since; use a newer one', 'exchange_outdated')
    const isServer = from.servers?.includes(client.id) === true
    const isOwner = subject.client_id === client.id
    if (!isServer && !isOwner)
      refuse('The subject_token was issued to another client, for another server', 'exchange_stranger')
    // A thief of a bound token would exchange it for one that anybody can use.
    if (subject.cnf !== undefined && sender === undefined) {
      refuse('The subject_token is bound to a key; prove a key of your own for the new one', 'exchange_unbound')
    }
    // Fewer scopes for the same client at the same server: another token of the same grant, and of the same holder.
    const isNarrowing = isOwner && from === to
    if (isNarrowing && subject.cnf !== undefined && boundTo !== sender?.key) {
      refuse('The subject_token is bound to another key than the one of this request', 'exchange_sender_key')
    }
    const allowed = from === to ? subject.scope : worthOf(evidence, isServer)
    const actor =
      isServer && !isNarrowing
        ? { sub: client.id, ...(subject.act === undefined ? {} : { act: subject.act }) }
        : subject.act
    if (depthOf(actor) > DEEPEST_CHAIN)
      refuse('The chain of those who act for the subject is too long', 'exchange_chain')
    return {
      userId: subject.sub,
      clientId: client.id,
      resource: to.uri,
      scope: grantableScope(request.form.get('scope'), to, allowed, evidence.mayHave),
      // RFC 9396: what was granted in detail was granted for one resource, and means nothing at another.
      authorizationDetails: narrowAuthorizationDetails(
        from === to ? knownDetails(to, subject.authorization_details) : undefined,
        request.form.get('authorization_details'),
      ),
      signIn: { auth_time: subject.auth_time, acr: subject.acr, amr: subject.amr },
      sender,
      ...(isNarrowing
        ? { sameGrant: grant.id, notBefore: grant.narrowedAt }
        : { parent: grant.id, parentNarrowedAt: grant.narrowedAt, groups: grant.groups }),
      notAfter: Math.min(subject.exp, grant.endsAt ?? subject.exp),
      issuedTokenType: ACCESS_TOKEN,
      ...(actor === undefined ? {} : { actor }),
    } satisfies Judged
  },
})

/**
 * RFC 8693: a token for less, or for elsewhere. The client that a token was issued to may have one for fewer scopes. The MCP server
 * that a token is for may have one for another server, as far as the operator wrote down what a scope here is worth there; it
 * then stands in the token as the one who acts. Nothing gains anything: not scope, not time, and a bound token stays bound.
 */
export const tokenExchange: GrantType = {
  ...exchange,
  run: async (...request) => {
    try {
      return await exchange.run(...request)
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== 'invalid_grant') throw error
      // §2.2.2: a token that is "invalid for any reason" or "unacceptable based on policy" is answered with another code than a grant is.
      const { description, reason, status, detail = {} } = error
      throw new OAuthError('invalid_request', description, reason, { status, detail })
    }
  },
}

/** §2.1: what this server does not do is refused, not passed over. */
function requireOffered(form: GrantRequest['form']): void {
  const type = form.require('subject_token_type')
  if (type !== ACCESS_TOKEN && type !== JWT)
    unsupported('subject_token_type has to be that of an access token', 'exchange_subject_type')
  if (form.get('actor_token') !== undefined)
    unsupported('Who acts is the client itself; actor_token is not taken', 'exchange_actor_token')
  const wanted = form.get('requested_token_type')
  if (wanted !== undefined && wanted !== ACCESS_TOKEN && wanted !== JWT)
    unsupported('Only access tokens are issued here', 'exchange_requested_type')
}

/** §2.1: `resource`, or `audience` with the same meaning here; left out, it stays where it was. */
function destinationOf(ctx: AuthorityContext, form: GrantRequest['form'], from: ResourceSettings): ResourceSettings {
  const audience = form.get('audience')
  const named = [...form.resources, ...(audience === undefined ? [] : [audience])]
  return named.length === 0 ? from : namedResource(ctx, named)
}

/** What the scopes of the subject token are worth at another server, by the operator's word. */
function worthOf({ subject, from, to }: Evidence, isServer: boolean): string {
  const rule = isServer ? from.exchanges?.find((exchange) => exchange.to === to.uri) : undefined
  if (rule === undefined) {
    throw new OAuthError(
      'invalid_target',
      'Tokens of that server are not exchanged for this one here',
      'exchange_not_allowed',
    )
  }
  return [...expandScopes(parseScope(subject.scope), hierarchyOf([from]))]
    .flatMap((held) => (Object.hasOwn(rule.scopes, held) ? (rule.scopes[held] ?? []) : []))
    .join(' ')
}

function depthOf(actor: Judged['actor']): number {
  return actor === undefined ? 0 : 1 + depthOf(actor.act)
}

function unsupported(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
