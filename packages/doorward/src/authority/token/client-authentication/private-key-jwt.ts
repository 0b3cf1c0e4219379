import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { JWT_BEARER, subjectOf } from '../client-assertion.ts'
import type { ClientAuthentication } from './client-authentication.ts'

/** RFC 7523 §2.2: the client signs who it is; no secret is ever shared. */
export const privateKeyJwt: ClientAuthentication = {
  method: 'private_key_jwt',
  read: (_authorization, form) => {
    const assertion = form.get('client_assertion')
    if (assertion === undefined) return undefined
    const type = form.get('client_assertion_type')
    if (type !== JWT_BEARER) refuse(`client_assertion_type has to be ${JWT_BEARER}`, 'assertion_type')
    const clientId =
      subjectOf(assertion) ?? refuse('The client assertion is not a JWT with a subject', 'assertion_malformed')
    const inForm = form.get('client_id')
    if (inForm !== undefined && inForm !== clientId) {
      refuse('client_id differs from the subject of the client assertion', 'client_id_twice')
    }
    return { clientId, assertion }
  },
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
