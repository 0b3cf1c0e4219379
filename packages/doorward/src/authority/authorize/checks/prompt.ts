import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Check } from './check.ts'

const KNOWN = new Set(['none', 'login', 'consent', 'select_account'])

/** OpenID Connect Core §3.1.2.1. Consent is always asked for, so `none` cannot be served and `consent` changes nothing. */
export const prompt: Check = ({ form }) => {
  const prompts = (form.get('prompt') ?? '').split(' ').filter((value) => value !== '')
  const unknown = prompts.find((value) => !KNOWN.has(value))
  if (unknown !== undefined)
    throw new OAuthError('invalid_request', `prompt ${quoted(unknown)} is not known`, 'prompt_unknown')
  if (prompts.includes('none')) {
    throw new OAuthError('access_denied', 'A person has to agree, so prompt=none cannot be served', 'prompt_none')
  }
  return { freshSignIn: prompts.includes('login'), selectAccount: prompts.includes('select_account') }
}
