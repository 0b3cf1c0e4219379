import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import { sameResource } from '@doorward/core/oauth/resource-uri'
import type { GrantEvidence, StoredGrant } from '../../../store/store.ts'

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

function refuse(description: string, reason: string): never {
  throw new OAuthError('invalid_grant', description, reason)
}
