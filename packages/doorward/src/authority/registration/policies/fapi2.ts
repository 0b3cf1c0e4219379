import { KEY_METHODS } from '@doorward/core/oauth/client-metadata'
import type { Preset } from './policy.ts'
import { strict } from './strict.ts'

/**
 * After the FAPI 2.0 Security Profile: clients that somebody vouches for and that prove who they are with a key of their own (private_key_jwt or mutual TLS), requests that are pushed,
 * tokens that are bound to a key. Nothing here claims a certification.
 */
export const fapi2: Preset = {
  ...strict,
  preset: 'fapi2',
  byAssurance: {
    operator: 'allow',
    user: 'refuse',
    statement: 'allow',
    domain: 'ask',
    invited: 'allow',
    claimed: 'refuse',
  },
  clientAuthentication: KEY_METHODS,
  pushedRequests: 'required',
  refreshRotation: 'public',
  signatures: 'strict',
}
