import { OAuthError } from '@doorward/core/oauth/error'
import type { Check } from './check.ts'

/** RFC 9449 §10: the code is good in the hands of the holder of this key only. */
export const dpopJkt: Check = ({ form }) => {
  const jkt = form.get('dpop_jkt')
  if (jkt !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(jkt)) {
    throw new OAuthError(
      'invalid_request',
      'dpop_jkt is not the base64url of a SHA-256 thumbprint',
      'dpop_jkt_malformed',
    )
  }
  return { senderKey: jkt }
}
