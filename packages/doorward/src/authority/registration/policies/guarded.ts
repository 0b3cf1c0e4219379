import type { Preset } from './policy.ts'

/** The default: whoever is vouched for may ask people; for whom nobody vouches, an operator is asked first. */
export const guarded: Preset = {
  preset: 'guarded',
  byAssurance: {
    operator: 'allow',
    user: 'allow',
    statement: 'allow',
    domain: 'allow',
    invited: 'allow',
    claimed: 'ask',
  },
  claimedRedirects: 'any',
  senderConstraint: 'optional',
  clientAuthentication: 'any',
  pushedRequests: 'optional',
  deviceAuthorization: 'allow',
  answersByHand: 'allow',
  refreshRotation: 'everybody',
  assertionAudience: 'issuer-or-token-endpoint',
  signatures: 'deployed',
  refreshRepeatSeconds: 30,
}
