import { OAuthError } from '@doorward/core/oauth/error'
import type { Check } from './check.ts'

/** A `request_uri` is one of ours (RFC 9126): what it means elsewhere is not fetched, nor silently ignored. */
export const requestUri: Check = ({ form }) => {
  if (form.get('request_uri') !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'A request_uri of somebody else is not fetched here; push the request (RFC 9126) or send it as request',
      'request_object',
    )
  }
  return {}
}
