import { OAuthError, quoted } from '@doorward/core/oauth/error'
import { formatScope, isScopeToken, parseScope } from '@doorward/core/oauth/scope'
import { OFFLINE_ACCESS } from '../../context.ts'
import type { Check } from './check.ts'

/**
 * RFC 6749 §3.3: what is not known here is left out, and a request that asks for nothing known gets the documented
 * default (quirks Q03, Q28). The token response always says what was granted.
 */
export const scope: Check = ({ form, resources }, { resource }) => {
  const asked = parseScope(form.get('scope'))
  const malformed = asked.find((token) => !isScopeToken(token))
  if (malformed !== undefined) {
    throw new OAuthError('invalid_scope', `Scope ${quoted(malformed)} is malformed`, 'scope_malformed')
  }
  const candidates = resources.filter((candidate) => resource === undefined || candidate.uri === resource)
  const known = asked.filter((token) => candidates.some((candidate) => Object.hasOwn(candidate.scopes, token)))
  const granted = known.length > 0 ? known : [...new Set(candidates.flatMap((candidate) => candidate.defaultScopes))]
  return { scope: formatScope(asked.includes(OFFLINE_ACCESS) ? [...granted, OFFLINE_ACCESS] : granted) }
}
