import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { ClientAuthentication } from './client-authentication.ts'

const LONGEST_HEADER = 4096

/** RFC 6749 §2.3.1: id and secret are form-urlencoded first, then joined and sent as HTTP Basic. */
export const clientSecretBasic: ClientAuthentication = {
  method: 'client_secret_basic',
  read: (authorization, form) => {
    if (authorization === null) return undefined
    const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization.slice(0, LONGEST_HEADER))?.[1]
    const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon < 1) refuse('The Authorization header is not HTTP Basic with an id and a secret', 'basic_malformed')
    const clientId = decode(text.slice(0, colon))
    const inForm = form.get('client_id')
    if (inForm !== undefined && inForm !== clientId) {
      refuse('client_id in the body differs from the one in the Authorization header', 'client_id_twice')
    }
    return { clientId, secret: decode(text.slice(colon + 1)) }
  },
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return refuse('The Basic credentials are not form-urlencoded', 'basic_malformed')
  }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
