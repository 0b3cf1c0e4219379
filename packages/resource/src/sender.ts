import { judgeProof, type ProofProblem } from '@doorward/core/dpop/proof'
import { sameSecret } from '@doorward/core/kernel/digest'
import { certificateThumbprint } from '@doorward/core/mtls/certificate'
import type { Credentials } from './authorization.ts'
import type { ProofRules } from './proof-keeping.ts'
import { invalidProof, invalidToken, Refusal, unavailable } from './refusal.ts'
import type { SenderConstraint } from './settings.ts'

const RETRY_SECONDS = 5
/** Clients of databases often keep a question until the connection is there again. Who waits for the answer would hang as long. */
const CLAIM_MILLISECONDS = 5000

/** What a request shows besides its token. */
export interface Presentation {
  readonly method: string
  /** The DPoP header as it came; several of them joined by commas, which no proof survives. */
  readonly proof: string | null | undefined
  /** The client certificate of the connection, in DER (RFC 8705 §3). */
  readonly certificate?: (() => Uint8Array | undefined) | undefined
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
 * Holds a token to the key that it is bound to, by DPoP (RFC 9449 §7) or by a certificate (RFC 8705 §3), and to both where it
 * names both. A bound token is no bearer token, and a token that is bound to nothing is not made better by a proof. Throws a
 * `Refusal`.
 */
export async function checkSender(
  { scheme, token }: Credentials,
  confirmation: unknown,
  presentation: Presentation | undefined,
  expected: {
    readonly url: string
    readonly now: number
    readonly proofs: ProofRules
    readonly senderConstraint: SenderConstraint | undefined
  },
): Promise<void> {
  const jkt = memberOf(confirmation, 'jkt')
  const x5t = memberOf(confirmation, 'x5t#S256')
  if (x5t !== undefined) checkCertificate(x5t, presentation)
  else if (expected.senderConstraint === 'certificate')
    throw invalidToken('The access token is not bound to a client certificate.', 'not_certificate_bound')
  if (isUnbound(expected.senderConstraint, confirmation, jkt))
    throw new Refusal(401, 'invalid_token', 'The access token is bound to no key.', 'not_bound', { scheme: 'DPoP' })
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
  // RFC 8705 §3: sent as any other token; DPoP says of it what is not so.
  if (jkt === undefined && x5t !== undefined) {
    if (scheme === 'Bearer') return
    throw invalidToken('The token is bound to a client certificate; send it as Bearer.', 'bound_token')
  }
  // Bound to something that is not known here.
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
  const { url, now, proofs } = expected
  const { method } = presentation
  const { algorithms } = proofs
  const judged = judgeProof(proof, { method, url, now, algorithms, accessToken: token, thumbprint: jkt })
  if (judged.verdict === 'bad') throw invalidProof(WORDS[judged.problem], `proof_${judged.problem}`)
  const { replayKey, until } = judged.proof
  const nonce = proofs.wantedNonce(judged.proof)
  if (nonce !== undefined) {
    const details = { scheme: 'DPoP', nonce } as const
    throw new Refusal(401, 'use_dpop_nonce', 'Sign the proof again with the nonce of this answer.', 'no_nonce', details)
  }
  if (!(await isFirst(proofs, replayKey, until)))
    throw invalidProof('The DPoP proof was used before.', 'proof_replayed')
}

/** A memory that is away, or says neither yes nor no, lets nobody in: RFC 9449 §11.1 is kept, or the request is not. */
async function isFirst({ claim }: ProofRules, replayKey: string, until: number): Promise<boolean> {
  try {
    const claimed = claim(replayKey, until)
    const answer: unknown = typeof claimed === 'boolean' ? claimed : await inTime(claimed)
    if (typeof answer === 'boolean') return answer
    throw new TypeError(`proofs.claim gave ${String(answer)}; it has to give true or false.`)
  } catch (cause) {
    throw unavailable('Whether the DPoP proof was used before cannot be known now.', 'proof_unknown', RETRY_SECONDS, {
      cause,
    })
  }
}

/** A late answer counts for nothing: its proof was refused. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const words = `proofs.claim gave no answer within ${CLAIM_MILLISECONDS / 1000} seconds.`
    timer = setTimeout(() => reject(new DOMException(words, 'TimeoutError')), CLAIM_MILLISECONDS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a server that wants bound tokens has to refuse this one: bound to nothing, or not in the one way that it takes. */
function isUnbound(wanted: SenderConstraint | undefined, confirmation: unknown, jkt: string | undefined): boolean {
  return (wanted === 'required' && confirmation === undefined) || (wanted === 'dpop' && jkt === undefined)
}

/** RFC 8705 §3: "the protected resource MUST reject the request with an HTTP 401 status code and the "invalid_token" error code". */
function checkCertificate(x5t: string, presentation: Presentation | undefined): void {
  const der = presentation?.certificate?.()
  if (der === undefined) {
    throw invalidToken('The token is bound to a client certificate, and the connection has none.', 'no_certificate')
  }
  if (!sameSecret(certificateThumbprint(der), x5t))
    throw invalidToken('The token is bound to another client certificate.', 'other_certificate')
}

/** A member that is not what it has to be still binds: nothing matches it. */
function memberOf(confirmation: unknown, name: 'jkt' | 'x5t#S256'): string | undefined {
  if (typeof confirmation !== 'object' || confirmation === null) return undefined
  const value = (confirmation as Record<string, unknown>)[name]
  return value === undefined || typeof value === 'string' ? value : ''
}
