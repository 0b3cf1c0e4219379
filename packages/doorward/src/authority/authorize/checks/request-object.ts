import { OAuthError } from '@doorward/core/oauth/error'
import type { Check } from './check.ts'

/** RFC 9101 is not offered, and a `request_uri` is one of ours: what else it means would otherwise be silently ignored. */
export const requestObject: Check = ({ form }) => {
  for (const name of ['request', 'request_uri']) {
    if (form.get(name) !== undefined) {
      throw new OAuthError('invalid_request', `The parameter ${name} is not offered here`, 'request_object')
    }
  }
  return {}
}
