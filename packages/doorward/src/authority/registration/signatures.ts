import type { Policy } from './policies/policy.ts'

/** FAPI 2.0 §5.4.1: PS256, ES256, or EdDSA with Ed25519. */
const STRICT: readonly string[] = ['ES256', 'PS256', 'EdDSA', 'Ed25519']

/** Of the algorithms that we know, those that this policy takes from clients. */
export function signaturesOf<Algorithm extends string>(
  policy: Pick<Policy, 'signatures'>,
  known: readonly Algorithm[],
): readonly Algorithm[] {
  return policy.signatures === 'strict' ? known.filter((algorithm) => STRICT.includes(algorithm)) : known
}
