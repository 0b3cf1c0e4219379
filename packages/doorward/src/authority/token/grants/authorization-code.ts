import { narrowAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { verifierMatches } from '@doorward/core/oauth/pkce'
import type { Reason } from '@doorward/core/oauth/reasons'
import { signInClaims } from '../../identity/session.ts'
import { type AuthorizationCode, openCode } from '../code.ts'
import { redeemGrant } from '../redeem-grant.ts'
import { type Grant, grantType } from './grant.ts'
import { detailsLeft, requireLive, requireSameResource, requireScope, requireSender } from './rules.ts'

const grant: Grant<AuthorizationCode> = {
  type: 'authorization_code',

  read: (ctx, { form }) =>
    openCode(ctx.keys.code, form.require('code')) ?? refuse('The code was not issued here', 'code_foreign'),

  judge: (ctx, { client, form, now, sender }, code, grant) => {
    // OAuth 2.1 §4.1.3: bound to the client, to PKCE and, where sent, to the redirect URI.
    if (code.clientId !== client.id) refuse('The code was issued to another client', 'code_of_another_client')
    const verifier = form.get('code_verifier') ?? refuse('code_verifier is missing', 'pkce_verifier_missing')
    if (!verifierMatches(verifier, code.challenge)) {
      refuse('code_verifier does not match the code_challenge of the authorization request', 'pkce_mismatch')
    }
    const redirectUri = form.get('redirect_uri')
    if (redirectUri !== undefined && redirectUri !== code.redirectUri) {
      // Quirk Q34: some clients open a second port; both strings tell them at once.
      refuse(
        `redirect_uri is ${quoted(redirectUri)} here and was ${quoted(code.redirectUri)} at the authorization endpoint`,
        'redirect_uri_differs',
      )
    }
    requireSameResource(form, grant)
    // A code that was used before goes on: the verdict revokes what came of it.
    if (grant.generation === 0) {
      if (grant.codeExpiresAt <= now) refuse('The code has expired', 'code_expired')
      requireLive(grant, now)
      requireSender(grant, client, sender)
    }
    return {
      grantId: grant.id,
      userId: grant.userId,
      clientId: client.id,
      resource: grant.resource,
      scope: grant.generation === 0 ? requireScope(ctx, client, grant) : grant.scope,
      authorizationDetails: narrowAuthorizationDetails(detailsLeft(ctx, grant), form.get('authorization_details')),
      generation: 1,
      sender,
      notAfter: grant.endsAt,
      notBefore: grant.narrowedAt,
      signIn: signInClaims(grant.authentication),
    }
  },

  spend: (ctx, visit, request, code, hearing) =>
    redeemGrant(ctx, visit, request, code.grantId, hearing, {
      flow: code.correlation,
      redeemed: 'code_redeemed',
      reused: () => bad('The code was used before; everything issued from it is revoked', 'code_reused'),
      expired: () => bad('The code has expired', 'code_expired'),
    }),
}

export const authorizationCode = grantType(grant)

function bad(description: string, reason: Reason): OAuthError {
  return new OAuthError('invalid_grant', description, reason)
}

function refuse(description: string, reason: Reason): never {
  throw bad(description, reason)
}
