import { guarded } from './guarded.ts'
import type { Preset } from './policy.ts'

/** Nobody is asked for clients whose answers stay on the person's computer, or go where a well-known client takes them. */
export const zeroTouch: Preset = {
  ...guarded,
  preset: 'zero-touch',
  byAssurance: { ...guarded.byAssurance, claimed: 'allow' },
  claimedRedirects: 'loopback-and-known',
}
