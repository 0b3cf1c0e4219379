import { OAuthError } from '@doorward/core/oauth/error'
import { isChallenge } from '@doorward/core/oauth/pkce'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { Check } from './check.ts'

/** PKCE with S256 for every client, no way around it (RFC 7636, RFC 9700 §2.1.1). A missing method means plain (§4.3). */
export const pkce: Check = ({ form }) => {
  const challenge = form.get('code_challenge')
  if (challenge === undefined) refuse('code_challenge is missing; PKCE with S256 is required', 'pkce_missing')
  if (form.get('code_challenge_method') !== 'S256') refuse('code_challenge_method has to be S256', 'pkce_method')
  if (!isChallenge(challenge)) refuse('code_challenge is not the base64url of a SHA-256 digest', 'pkce_malformed')
  return { challenge }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
