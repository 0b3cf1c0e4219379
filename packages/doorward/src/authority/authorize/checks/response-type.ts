import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Check } from './check.ts'

/** OAuth 2.1 §4.1.1: the code flow and nothing else; the answer goes in the query. */
export const responseType: Check = ({ form }) => {
  const type = form.require('response_type')
  if (type !== 'code') {
    throw new OAuthError(
      'unsupported_response_type',
      `response_type ${quoted(type)} is not offered here; use code`,
      'response_type',
    )
  }
  const mode = form.get('response_mode')
  if (mode !== undefined && mode !== 'query') {
    throw new OAuthError(
      'invalid_request',
      `response_mode ${quoted(mode)} is not offered here; use query`,
      'response_mode',
    )
  }
  return {}
}
