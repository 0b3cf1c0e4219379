import { randomBytes } from 'node:crypto'
import { PROOF_ALGORITHMS, type Proof } from '@doorward/core/dpop/proof'
import { type Nonces, rotatingNonces } from './nonces.ts'
import { proofMemory } from './proof-memory.ts'

/** What a guard takes of proofs of possession (DPoP), and who remembers them. */
export interface ProofKeeping {
  /**
   * Remembers a proof until then (seconds since 1970); false where it was remembered already. Left out: this guard remembers alone, and
   * whoever shows a proof from before its start is given a nonce to make a new one with.
   */
  readonly claim?: (replayKey: string, until: number) => boolean | Promise<boolean>
  /** What `dpopNonces` makes, or something of your own. Left out: proofs need none. */
  readonly nonce?: Nonces
  /** JWS algorithms that proofs may be signed with; challenge and metadata say them. Left out: every one that is known here. */
  readonly algorithms?: readonly string[]
}

/** What a guard asks of a proof that is good in itself. */
export interface ProofRules {
  readonly algorithms: readonly string[]
  readonly claim: NonNullable<ProofKeeping['claim']>
  /** The nonce that the next proof has to carry; undefined where this one is as it should be. */
  readonly wantedNonce: (proof: Pick<Proof, 'nonce' | 'issuedAt'>) => string | undefined
}

/** The rules from a guard's start on. */
export function proofRules(
  { claim, nonce: nonces, algorithms = PROOF_ALGORITHMS }: ProofKeeping,
  now: () => number,
): ProofRules {
  const wanted = (nonce: string | undefined) =>
    nonces === undefined || (nonce !== undefined && nonces.isGood(nonce)) ? undefined : nonces.current()
  if (claim !== undefined) return { algorithms, claim, wantedNonce: ({ nonce }) => wanted(nonce) }

  // RFC 9449 §11.1: what was used before the start nobody here remembers. A nonce that only this guard makes shows that a proof is
  // younger, also where the clock of its maker is slow.
  const startedAt = now()
  const own = rotatingNonces(randomBytes(32), now)
  return {
    algorithms,
    claim: proofMemory(now),
    wantedNonce: ({ nonce, issuedAt }) => {
      if (nonce !== undefined && own.isGood(nonce)) return undefined
      return issuedAt <= startedAt ? own.current() : wanted(nonce)
    },
  }
}
