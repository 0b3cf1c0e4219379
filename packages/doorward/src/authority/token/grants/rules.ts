import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import type { Reason } from '@doorward/core/oauth/reasons'
import { sameResource } from '@doorward/core/oauth/resource-uri'
import type { GrantEvidence, StoredClient, StoredGrant } from '../../../store/store.ts'
import type { Sender } from '../constraints/constraint.ts'

/** A grant that somebody ended, or whose person or client is no longer welcome, gives nothing more. */
export function requireLive(grant: GrantEvidence, now: number): void {
  if (grant.revokedAt !== undefined) refuse('The grant is revoked; ask the person again', 'grant_revoked')
  if (grant.userDisabled) refuse('The account behind this grant is disabled', 'user_disabled')
  if (grant.clientBlocked) refuse('The client of this grant is blocked', 'client_blocked')
  if (grant.expiresAt <= now) refuse('The grant has expired; ask the person again', 'grant_expired')
}

/** RFC 8707 §2.2: a token request may repeat the resource of the grant, not ask for another. */
export function requireSameResource(form: Form, grant: StoredGrant): void {
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
 * RFC 9449 §5, §10: a grant that is bound to a key gives to its holder only. The refresh tokens of a public client are bound
 * from the start; a confidential one proves itself otherwise and may change its key.
 */
export function requireSender(grant: StoredGrant, client: StoredClient, sender: Sender | undefined): void {
  const isFree = grant.generation > 0 && client.metadata.token_endpoint_auth_method !== 'none'
  if (grant.senderKey === undefined || isFree || grant.senderKey === sender?.confirmation.jkt) return
  refuse(
    sender === undefined
      ? 'The grant is bound to a key, and the request has no DPoP proof of it'
      : 'The grant is bound to another key than the one of this DPoP proof',
    'sender_key_differs',
  )
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
