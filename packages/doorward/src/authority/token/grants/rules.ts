import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import { sameResource } from '@doorward/core/oauth/resource-uri'
import { expandScopes, formatScope, parseScope } from '@doorward/core/oauth/scope'
import type { GrantEvidence, StoredClient } from '../../../store/store.ts'
import { kindRule } from '../../authorize/checks/scope.ts'
import { type AuthorityContext, hierarchyOf, OFFLINE_ACCESS, type ResourceSettings } from '../../context.ts'
import { scopeWithinGroups } from '../../identity/group-rules.ts'
import type { Sender } from '../constraints/constraint.ts'
import { isProven } from '../proven.ts'

/** A grant that somebody ended, or whose person or client is no longer welcome, gives nothing more. */
export function requireLive(grant: GrantEvidence, now: number): void {
  if (grant.revokedAt !== undefined) refuse('The grant is revoked; ask the person again', 'grant_revoked')
  if (grant.userDisabled) refuse('The account behind this grant is disabled', 'user_disabled')
  if (grant.clientBlocked) refuse('The client of this grant is blocked', 'client_blocked')
  if (grant.expiresAt <= now) refuse('The grant has expired; ask the person again', 'grant_expired')
}

/**
 * What is left of a grant by the person's groups, and by what the policy never gives to clients that are known in this way: either may have
 * changed since it was looked at last, in the moment of the yes as well.
 */
export function requireScope(ctx: AuthorityContext, client: StoredClient, grant: GrantEvidence): string {
  const resource = requireServed(ctx, grant)
  const ofTheirGroups =
    scopeWithinGroups(ctx, grant, grant.groups) ??
    refuse('The groups of the person no longer open this MCP server', 'groups_left')
  const held = parseScope(ofTheirGroups)
  const kept = held.filter(kindRule(client, [resource], ctx.policy))
  if (kept.length === held.length) return ofTheirGroups
  if (kept.every((scope) => scope === OFFLINE_ACCESS))
    refuse('The policy allows this client no scope of this grant any more', 'scope_not_allowed')
  return formatScope(kept)
}

/**
 * RFC 8707 §2: of an MCP server that was taken out of the settings nothing is known any more, neither which groups may have what there nor
 * whether tokens have to be bound. The grant stays, for the server may come back.
 */
function requireServed(ctx: AuthorityContext, { resource }: GrantEvidence): ResourceSettings {
  const served = ctx.resources.find(({ uri }) => uri === resource)
  return served ?? (ctx.admin.uri === resource ? ctx.admin : refuseUnknown(ctx, resource))
}

/** RFC 9396 §2: what a detail of a type means that was taken out of the settings, nobody knows any more. The grant keeps it. */
export function detailsLeft(
  ctx: AuthorityContext,
  { resource, authorizationDetails }: Pick<GrantEvidence, 'resource' | 'authorizationDetails'>,
): readonly AuthorizationDetail[] | undefined {
  return knownDetails(
    ctx.resources.find(({ uri }) => uri === resource),
    authorizationDetails,
  )
}

export function knownDetails(
  resource: ResourceSettings | undefined,
  details: readonly AuthorizationDetail[] | undefined,
): readonly AuthorizationDetail[] | undefined {
  const types = resource?.authorizationDetailsTypes ?? {}
  const known = details?.filter(({ type }) => Object.hasOwn(types, type))
  return known?.length === 0 ? undefined : known
}

/** RFC 8707 §2.2: a token request may repeat the resource of the grant, not ask for another. */
export function requireSameResource(form: Form, grant: GrantEvidence): void {
  for (const resource of form.resources) {
    if (sameResource(resource, grant.resource)) continue
    throw new OAuthError(
      'invalid_target',
      `resource is ${quoted(resource)} here and was ${quoted(grant.resource)} when the person agreed`,
      'resource_differs',
    )
  }
}

/**
 * RFC 9449 §5, §10; RFC 8705 §4: a grant that is bound to a key gives to its holder only. The refresh tokens of a public client are bound
 * from the start; a confidential one proves itself otherwise and may change its key or certificate.
 */
export function requireSender(grant: GrantEvidence, client: StoredClient, sender: Sender | undefined): void {
  const isFree = grant.generation > 0 && isProven(client)
  if (grant.senderKey === undefined || isFree || grant.senderKey === sender?.key) return
  refuse(
    sender === undefined
      ? 'The grant is bound to a key, and the request shows none, by DPoP proof or client certificate'
      : 'The grant is bound to another key than the one of this request',
    'sender_key_differs',
  )
}

/**
 * The resource that a request without a person is for (RFC 8707 §2); where it names none, the only one that there is.
 * The administration is for people.
 */
export function namedResource(ctx: AuthorityContext, uris: readonly string[]): ResourceSettings {
  const { resources } = ctx
  const named = new Set(uris.map((uri) => resources.find((known) => sameResource(known.uri, uri)) ?? uri))
  const [only, second] = named.size === 0 ? resources : named
  if (typeof only === 'string') refuseUnknown(ctx, only)
  if (only === undefined || second !== undefined) {
    throw new OAuthError('invalid_target', `Name one resource; a token is for one: ${knownTo(ctx)}`, 'resource_missing')
  }
  return only
}

/**
 * What of the scopes asked for a resource knows and somebody allowed. Asked for nothing, it is all that is allowed.
 * @param allowed scopes that may be granted, with what they contain
 * @param mayHave what such a client may be granted at all
 */
export function grantableScope(
  asked: string | undefined,
  resource: ResourceSettings,
  allowed: string,
  mayHave: (scope: string) => boolean,
): string {
  const most = [...expandScopes(parseScope(allowed), hierarchyOf([resource]))].filter(
    (scope) => Object.hasOwn(resource.scopes, scope) && mayHave(scope),
  )
  const wanted = parseScope(asked)
  const granted = wanted.length === 0 ? parseScope(allowed).filter((scope) => most.includes(scope)) : wanted
  const stray = granted.find((scope) => !most.includes(scope))
  if (stray !== undefined) {
    const lack = Object.hasOwn(resource.scopes, stray) ? 'not allowed for this client here' : 'not known here'
    const instead = most.length === 0 ? 'nothing of this resource is allowed for it' : `allowed: ${most.join(' ')}`
    throw new OAuthError('invalid_scope', `Scope ${quoted(stray)} is ${lack}; ${instead}`, 'scope_not_allowed')
  }
  if (granted.length === 0) {
    throw new OAuthError('invalid_scope', 'This client is allowed no scope of this resource', 'scope_not_allowed')
  }
  return formatScope(granted)
}

/** RFC 9449 §11.1: a proof is good once. */
export function refuseReplayed(): never {
  throw new OAuthError('invalid_dpop_proof', 'The DPoP proof was used before', 'dpop_replayed')
}

function refuseUnknown(ctx: AuthorityContext, resource: string): never {
  const description = `resource ${quoted(resource)} is not known here; known: ${knownTo(ctx)}`
  throw new OAuthError('invalid_target', description, 'resource_unknown')
}

function knownTo({ resources }: AuthorityContext): string {
  return resources.map(({ uri }) => quoted(uri)).join(', ')
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
