import { narrowAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { verifierMatches } from '@doorward/core/oauth/pkce'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { GrantEvidence } from '../../../store/store.ts'
import { type AuthorizationCode, openCode } from '../code.ts'
import { type Grant, grantType } from './grant.ts'
import { refuseReplayed, requireLive, requireSameResource, requireSender } from './rules.ts'

interface Evidence {
  readonly code: AuthorizationCode
  readonly grant: GrantEvidence
}

const grant: Grant<Evidence> = {
  type: 'authorization_code',

  read: async (ctx, _visit, { form }) => {
    const code = openCode(ctx.keys.code, form.require('code')) ?? refuse('The code was not issued here', 'code_foreign')
    const found = await ctx.store.grants.find(code.grantId)
    return { code, grant: found ?? refuse('The code has expired', 'code_expired') }
  },

  judge: ({ client, form, now, sender }, { code, grant }) => {
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
    // A code that was used before goes on to `spend`, whose verdict revokes what came of it.
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
      scope: grant.scope,
      authorizationDetails: narrowAuthorizationDetails(grant.authorizationDetails, form.get('authorization_details')),
      generation: 1,
      sender,
    }
  },

  spend: async (ctx, visit, { client, now, sender }, { code, grant }) => {
    const base = {
      ...visit,
      actor: grant.userId,
      client: client.id,
      resource: grant.resource,
      grant: grant.id,
      detail: { flow: code.correlation },
    }
    const verdict = await ctx.store.grants.redeem(
      grant.id,
      { now, expiresAt: now + ctx.lifetimes.grantIdle, senderKey: sender?.key, once: sender?.once },
      (verdict) => {
        if (verdict === 'redeemed')
          return { type: 'token.issued', outcome: 'allowed', reason: 'code_redeemed', ...base }
        if (verdict === 'reused') return { type: 'token.reused', outcome: 'refused', reason: 'code_reused', ...base }
        return undefined
      },
    )
    switch (verdict) {
      case 'redeemed':
        return
      case 'replayed':
        return refuseReplayed()
      case 'reused':
        return refuse('The code was used before; everything issued from it is revoked', 'code_reused')
      case 'revoked':
        return refuse('The grant is revoked', 'grant_revoked')
      case 'expired':
      case 'unknown':
        return refuse('The code has expired', 'code_expired')
      default:
        return verdict satisfies never
    }
  },
}

export const authorizationCode = grantType(grant)

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_grant', description, reason)
}
