import type { Preset } from './policy.ts'
import { strict } from './strict.ts'

/**
 * After the FAPI 2.0 Security Profile: clients that somebody vouches for and that sign who they are, requests that are pushed,
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
  clientAuthentication: 'private_key_jwt',
  pushedRequests: 'required',
  refreshRotation: 'public',
  signatures: 'strict',
}
