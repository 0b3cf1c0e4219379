import { OAuthError } from '@doorward/core/oauth/error'
import { ACR_VALUES, FRESH_SECONDS } from '../../identity/session.ts'
import type { Check } from './check.ts'

/** OpenID Connect Core §3.1.2.1, RFC 9470 §4: how the person has to have signed in, and how long ago at most. */
export const authentication: Check = ({ form, admin }, { resource }) => {
  const maxAge = form.get('max_age')
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge))
    throw new OAuthError('invalid_request', 'max_age is no whole number of seconds', 'max_age_invalid')
  const asked = (form.get('acr_values') ?? '').split(' ').filter((value) => value !== '')
  const acr = asked.find((value) => ACR_VALUES.includes(value))
  // RFC 9470 §5: said at once, before a person signs in for nothing.
  if (asked.length > 0 && acr === undefined) {
    throw new OAuthError(
      'unmet_authentication_requirements',
      `None of these ways to sign in is offered; offered is ${ACR_VALUES.join(' ')}`,
      'acr_unmet',
    )
  }
  const most = maxAge === undefined ? undefined : Number(maxAge)
  // Whoever finds a browser that was left open gives nobody the means to govern from elsewhere.
  if (resource === admin.uri) return { maxAge: Math.min(most ?? FRESH_SECONDS, FRESH_SECONDS), acr }
  return { maxAge: most, acr }
}
