import { dpopNonce, isGoodNonce } from '@doorward/core/dpop/nonce'
import { judgeProof, PROOF_ALGORITHMS, PROOF_WINDOW_SECONDS, type ProofProblem } from '@doorward/core/dpop/proof'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { AuthorityContext } from '../../context.ts'
import { OPEN } from '../../http.ts'
import { addressesOf } from '../../mtls.ts'
import { signaturesOf } from '../../registration/signatures.ts'
import { MOST_AHEAD_SECONDS } from '../from-the-future.ts'
import { type Constraint, type Sender, senderOf } from './constraint.ts'

const WORDS: Readonly<Record<ProofProblem, string>> = {
  malformed: 'is not one JWT; send one DPoP header',
  wrong_type: 'has to have the type dpop+jwt',
  algorithm: 'is signed with an algorithm that is not offered here',
  key: 'names no public key that fits its algorithm',
  private_key: 'publishes a private key; make a new one',
  signature: 'is not signed with the key that it names',
  claims: 'lacks jti, htm, htu or iat',
  method: 'is for another method; htm has to be POST',
  url: 'is for another address; htu has to be the address that it is sent to',
  time: 'is older than five minutes, or from the future; check the clock',
  access_token: 'is for another access token',
  other_key: 'is signed with another key',
}

/** DPoP (RFC 9449 §5): a fresh proof, good once, of a key that the tokens are then bound to. */
export const dpop: Constraint & {
  readonly proveAt: (ctx: AuthorityContext, request: Request, end: string) => Promise<Sender>
} = {
  name: 'dpop',
  prove: async (ctx, request) =>
    request.headers.has('dpop') ? { sender: await dpop.proveAt(ctx, request, '/token'), binds: () => true } : undefined,
  proveAt: async (ctx, request, end) => {
    const now = ctx.now()
    const algorithms = signaturesOf(ctx.policy, PROOF_ALGORITHMS)
    const [own = '', alias] = addressesOf(ctx, end)
    const mostAheadSeconds = ctx.policy.signatures === 'strict' ? MOST_AHEAD_SECONDS : PROOF_WINDOW_SECONDS
    const judgeFor = (url: string) =>
      judgeProof(request.headers.get('dpop') ?? '', { method: 'POST', url, now, algorithms, mostAheadSeconds })
    const first = judgeFor(own)
    const isElsewhere = first.verdict === 'bad' && first.problem === 'url' && alias !== undefined
    const judged = isElsewhere ? judgeFor(alias) : first
    if (judged.verdict === 'bad') refuse(`The DPoP proof ${WORDS[judged.problem]}`, `dpop_${judged.problem}`)
    const { thumbprint, nonce, replayKey, until } = judged.proof
    requireNonce(ctx, nonce, now)
    return senderOf({ jkt: thumbprint }, 'DPoP', { key: `dpop ${replayKey}`, until })
  },
}

/**
 * RFC 9449 §8, §9: a nonce that comes has to be ours and young; where one is asked for, none is no good either.
 * @param refusal how the endpoint answers: 400 at the authorization server, 401 with a challenge at a resource
 * @throws OAuthError `use_dpop_nonce` with the nonce for the next proof.
 */
export function requireNonce(
  ctx: AuthorityContext,
  nonce: string | undefined,
  now: number,
  { status = 400, detail = {} }: { readonly status?: number; readonly detail?: Readonly<Record<string, string>> } = {},
): void {
  if (nonce === undefined ? !ctx.requireDpopNonce : isGoodNonce(ctx.keys.dpopNonce, nonce, now)) return
  throw new OAuthError('use_dpop_nonce', 'Sign the proof again with the nonce of this answer', 'dpop_nonce', {
    status,
    detail: { ...detail, dpop_nonce: dpopNonce(ctx.keys.dpopNonce, now) },
  })
}

/** RFC 9449 §8.2: every answer to a proof may bring the nonce for the next. */
export function answerHeaders(ctx: AuthorityContext, request: Request): Readonly<Record<string, string>> {
  return request.headers.has('dpop') ? { ...OPEN, 'dpop-nonce': dpopNonce(ctx.keys.dpopNonce, ctx.now()) } : OPEN
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_dpop_proof', description, reason)
}
