import { guarded } from './guarded.ts'
import type { Preset } from './policy.ts'

/** A client's own word counts for nothing, a domain's word has to be confirmed, every token is bound to a key, and
 * no refresh token is repeated. */
export const strict: Preset = {
  ...guarded,
  preset: 'strict',
  byAssurance: { ...guarded.byAssurance, domain: 'ask', claimed: 'refuse' },
  senderConstraint: 'required',
  refreshRepeatSeconds: 0,
}
