import { OAuthError } from '@doorward/core/oauth/error'
import type { Check } from './check.ts'

/** RFC 9101 and RFC 9126 are not offered: what such a request means would otherwise be silently ignored. */
export const requestObject: Check = ({ form }) => {
  for (const name of ['request', 'request_uri']) {
    if (form.get(name) !== undefined) {
      throw new OAuthError('invalid_request', `The parameter ${name} is not offered here`, 'request_object')
    }
  }
  return {}
}
