import { judgeProof, type ProofProblem } from '@doorward/core/dpop/proof'
import type { Credentials } from './authorization.ts'
import { invalidProof, invalidToken, Refusal } from './refusal.ts'

/** What a request shows besides its token. */
export interface Presentation {
  readonly method: string
  /** The DPoP header as it came; several of them joined by commas, which no proof survives. */
  readonly proof: string | null | undefined
}

/** What a guard knows of proofs that came before, and of nonces. */
export interface ProofKeeping {
  /** Remembers a proof until then (seconds since 1970); false where it was remembered already. */
  readonly claim: (replayKey: string, until: number) => boolean | Promise<boolean>
  /** RFC 9449 §9: the nonce for the next proof, and whether one is good. Left out: proofs need none. */
  readonly nonce?: { readonly current: () => string; readonly isGood: (nonce: string) => boolean }
}

const WORDS: Readonly<Record<ProofProblem, string>> = {
  malformed: 'Send one DPoP header, with one proof.',
  wrong_type: 'The DPoP proof has to have the type dpop+jwt.',
  algorithm: 'The DPoP proof is signed with an algorithm that is not taken here.',
  key: 'The DPoP proof names no public key that fits its algorithm.',
  private_key: 'The DPoP proof publishes a private key.',
  signature: 'The DPoP proof is not signed with the key that it names.',
  claims: 'The DPoP proof lacks jti, htm, htu or iat.',
  method: 'The DPoP proof is for another method.',
  url: 'The DPoP proof is for another address.',
  time: 'The DPoP proof is older than five minutes, or from the future.',
  access_token: 'The DPoP proof is for another access token.',
  other_key: 'The access token is bound to another key.',
}

/**
 * Holds a token to the key that it is bound to (RFC 9449 §7). A bound token is no bearer token, and a token that is bound to
 * nothing is not made better by a proof. Throws a `Refusal`.
 */
export async function checkSender(
  { scheme, token }: Credentials,
  confirmation: unknown,
  presentation: Presentation | undefined,
  expected: { readonly url: string; readonly now: number; readonly keeping: ProofKeeping },
): Promise<void> {
  const jkt = thumbprintIn(confirmation)
  if (confirmation === undefined) {
    if (scheme === 'Bearer') return
    throw new Refusal(
      401,
      'invalid_token',
      'The access token is bound to no key; send it as Bearer.',
      'unbound_token',
      { scheme: 'DPoP' },
    )
  }
  // RFC 8705: bound to a certificate, which is not looked at here.
  if (jkt === undefined)
    throw invalidToken('The token is bound to a key and cannot be used as a bearer token.', 'bound_token')
  // RFC 9449 §7.2: whoever stole it has not got the key.
  if (scheme === 'Bearer') {
    throw new Refusal(
      401,
      'invalid_token',
      'The token is bound to a key and cannot be used as a bearer token.',
      'bound_token',
      { scheme: 'DPoP' },
    )
  }
  const proof = presentation?.proof
  if (presentation === undefined || proof === null || proof === undefined)
    throw invalidProof('A DPoP proof is missing.', 'no_proof')
  const { url, now, keeping } = expected
  const judged = judgeProof(proof, { method: presentation.method, url, now, accessToken: token, thumbprint: jkt })
  if (judged.verdict === 'bad') throw invalidProof(WORDS[judged.problem], `proof_${judged.problem}`)
  const { nonce, replayKey, until } = judged.proof
  if (keeping.nonce !== undefined && !(nonce !== undefined && keeping.nonce.isGood(nonce))) {
    throw new Refusal(401, 'use_dpop_nonce', 'Sign the proof again with the nonce of this answer.', 'no_nonce', {
      scheme: 'DPoP',
      nonce: keeping.nonce.current(),
    })
  }
  if (!(await keeping.claim(replayKey, until))) throw invalidProof('The DPoP proof was used before.', 'proof_replayed')
}

function thumbprintIn(confirmation: unknown): string | undefined {
  if (typeof confirmation !== 'object' || confirmation === null) return undefined
  const { jkt } = confirmation as { jkt?: unknown }
  return typeof jkt === 'string' ? jkt : undefined
}
