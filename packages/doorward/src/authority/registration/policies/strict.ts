import { guarded } from './guarded.ts'
import type { Preset } from './policy.ts'

/** A client's own word counts for nothing, a domain's word has to be confirmed, every token is bound to a key, no
 * refresh token is repeated, assertions are for this server by its one name, and nothing is carried by hand between devices. */
export const strict: Preset = {
  ...guarded,
  preset: 'strict',
  byAssurance: { ...guarded.byAssurance, domain: 'ask', claimed: 'refuse' },
  senderConstraint: 'required',
  deviceAuthorization: 'refuse',
  answersByHand: 'refuse',
  assertionAudience: 'issuer',
  refreshRepeatSeconds: 0,
}
