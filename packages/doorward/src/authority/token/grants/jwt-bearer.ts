import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { expandScopes, formatScope, parseScope } from '@doorward/core/oauth/scope'
import { scopeRule } from '../../authorize/checks/scope.ts'
import { type AuthorityContext, hierarchyOf, type ResourceSettings, type Visit } from '../../context.ts'
import { groupRule } from '../../identity/group-rules.ts'
import { decide, notAdmitted } from '../../registration/decide.ts'
import { policyNow } from '../../registration/policy-now.ts'
import { type Assertion, issuerOf, JWT_BEARER_GRANT, useOnce, verifyAssertion } from '../assertion-issuer.ts'
import { senderFor } from '../prove-sender.ts'
import { isProven } from '../proven.ts'
import { senderKeyOf } from '../sender-key.ts'
import { type GrantRequest, type Judged, standingGrantType } from './grant.ts'
import { grantableScope, namedResource } from './rules.ts'

interface Evidence {
  readonly assertion: Assertion
  readonly resource: ResourceSettings
  readonly mayHave: (scope: string) => boolean
}

/**
 * RFC 7523 §2.1, for two who say something of somebody else: the company's identity provider, which person an application may act
 * for (Identity Assertion JWT Authorization Grant), and a platform, which program is asking. No refresh token: whoever wants
 * another access token asks them again, so that they can say no.
 */
export const jwtBearer = standingGrantType<Evidence>({
  type: JWT_BEARER_GRANT,
  kind: 'assertion',
  isOffered: ({ assertionIssuers }) => assertionIssuers.length > 0,
  isForUnseen: true,
  reason: 'assertion_accepted',
  read: async (ctx, visit, request) =>
    request.workload === undefined ? readPerson(ctx, visit, request) : readWorkload(ctx, request, request.workload),
  judge: (request, evidence) =>
    request.workload === undefined ? judgePerson(request, evidence) : judgeWorkload(request, evidence),
  use: (ctx, { assertion }) => useOnce(ctx, assertion),
})

async function readPerson(ctx: AuthorityContext, visit: Visit, { client, form }: GrantRequest): Promise<Evidence> {
  const text = form.require('assertion')
  const issuer = issuerOf(ctx, text)
  if (issuer?.people === undefined)
    return refuse('The issuer of the assertion is not trusted here', 'grant_assertion_issuer')
  // Anybody can be a client that proves nothing, also the one that the assertion names.
  if (!isProven(client)) {
    throw new OAuthError(
      'unauthorized_client',
      'This grant is for clients that prove who they are',
      'grant_assertion_client_unproven',
    )
  }
  // An identity provider says whom an application may act for, not who may come here unasked. Nobody waits for an operator here.
  const { verdict, rule } = decide(await policyNow(ctx), client, undefined)
  if (verdict !== 'allow') throw notAdmitted(rule)
  const audiences = [ctx.issuer]
  const assertion = await verifyAssertion(ctx, visit, issuer, text, { typ: 'oauth-id-jag+jwt', audiences })
  const resource = resourceOf(ctx, assertion, form)
  const ofTheClient = scopeRule(client, [resource], ctx.policy)
  // Nobody here knows the groups of a person who is known by an assertion alone: what is for everybody is for them.
  const ofEverybody = groupRule(ctx, resource, [])
  return { assertion, resource, mayHave: (scope) => ofTheClient(scope) && ofEverybody(scope) }
}

/** The one that the assertion is for; a request may repeat it and not ask for another. */
function resourceOf(ctx: AuthorityContext, { claims }: Assertion, form: GrantRequest['form']): ResourceSettings {
  const said: readonly unknown[] = [claims.resource ?? []].flat()
  const named = said.map((uri) => (typeof uri === 'string' ? uri : refuseClaim('resource')))
  const wanted = named.length === 0 ? form.resources : named
  const resource = namedResource(ctx, wanted)
  if (form.resources.length > 0 && namedResource(ctx, form.resources) !== resource) {
    throw new OAuthError('invalid_target', 'resource is not the one of the assertion', 'resource_differs')
  }
  return resource
}

function judgePerson({ client, form, shown }: GrantRequest, { assertion, resource, mayHave }: Evidence): Judged {
  const { claims, issuer } = assertion
  if (claims.client_id !== client.id) refuse('The assertion is for another client', 'grant_assertion_of_another_client')
  const key = senderKeyOf(claims.cnf)
  const sender = senderFor(shown, resource.uri, key)
  if (claims.cnf !== undefined && (key === undefined || key !== sender?.key)) {
    refuse('The assertion is bound to a key that the request does not prove', 'grant_assertion_sender_key')
  }
  // RFC 9396 §5: passed over, what was to narrow it would be lost. Details are granted by the person alone, on our page.
  if (claims.authorization_details !== undefined)
    refuse('The assertion has authorization_details, which are taken from no assertion here', 'grant_assertion_claim')
  const claimed = scopeOf(claims) ?? resource.defaultScopes
  const trusted = claimed.filter((scope) => issuer.people?.scopes?.includes(scope) ?? true)
  const opened = expandScopes(trusted, hierarchyOf([resource]))
  const wanted = parseScope(form.get('scope')).filter((scope) => Object.hasOwn(resource.scopes, scope))
  const asked = wanted.filter((scope) => opened.has(scope))
  // What is asked for beyond what the identity provider said is left out, not refused: the answer says what was granted. Where
  // nothing is left, the rest of what it said was not asked for.
  if (wanted.length > 0 && asked.length === 0) {
    throw new OAuthError(
      'invalid_scope',
      'The assertion allows none of the scopes that are asked for',
      'scope_not_allowed',
    )
  }
  return {
    userId: subjectId(claims),
    clientId: client.id,
    resource: resource.uri,
    scope: grantableScope(formatScope(asked), resource, formatScope(trusted), mayHave),
    sender,
  }
}

/** RFC 8693 §4.2: one text. A list is none, although some write one: what would be read of it, nobody has agreed on. */
function scopeOf({ scope }: Assertion['claims']): readonly string[] | undefined {
  if (scope === undefined) return undefined
  return typeof scope === 'string' ? parseScope(scope) : refuseClaim('scope')
}

/** A person of an identity provider: its `sub` means something only beside its issuer and tenant. */
function subjectId({ iss, sub, ...claims }: Assertion['claims']): string {
  return `dwx_${sha256(JSON.stringify([iss, claims.tenant ?? null, claims.aud_tenant ?? null, sub])).slice(0, 22)}`
}

async function readWorkload(
  ctx: AuthorityContext,
  { client, form }: GrantRequest,
  { workload, assertion }: NonNullable<GrantRequest['workload']>,
): Promise<Evidence> {
  const resource = namedResource(ctx, [workload.resource])
  if (form.resources.length > 0 && namedResource(ctx, form.resources) !== resource) {
    throw new OAuthError('invalid_target', 'This workload is for another resource', 'workload_resource')
  }
  return { assertion, resource, mayHave: scopeRule(client, [resource], ctx.policy) }
}

function judgeWorkload({ client, form, shown }: GrantRequest, { assertion, resource, mayHave }: Evidence): Judged {
  const { iss, sub } = assertion.claims
  return {
    // Neither a client id nor a person: what the platform calls it, within what the operator calls it.
    userId: `${client.id}:${sha256(JSON.stringify([iss, sub])).slice(0, 22)}`,
    clientId: client.id,
    resource: resource.uri,
    scope: grantableScope(form.get('scope'), resource, String(client.metadata.scope), mayHave),
    sender: senderFor(shown, resource.uri),
  }
}

function refuseClaim(name: string): never {
  refuse(`The claim ${name} of the assertion is not good`, 'grant_assertion_claim')
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
