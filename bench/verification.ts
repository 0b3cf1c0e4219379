// What it costs to let somebody in, beside the signatures alone that it cannot cost less than:
// npm run bench:verification
import { createHash, generateKeyPairSync } from 'node:crypto'
import { protectResource } from '@doorward/resource'
import { createLocalJWKSet } from 'jose'
import { proofMemory } from '../packages/resource/src/proof-memory.ts'
import { signedJwt, verifyAlone } from './jws.ts'

const SCALE = Number(process.env.BENCH_SCALE ?? 1)
const TOKENS = Math.max(200, Math.round(4000 * SCALE))
const REPEATS = Math.max(2000, Math.round(100_000 * SCALE))
const LIVE_PROOFS = Math.round(Number(process.env.BENCH_PROOFS ?? 1_000_000))
const ROUNDS = 5
const ISSUER = 'https://login.example'
const RESOURCE = 'https://notes.example/mcp'
const NOW = 1_800_000_000

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const owner = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ownerJwk = owner.publicKey.export({ format: 'jwk' })
const { crv, kty, x, y } = ownerJwk
const jkt = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')

function token(i: number, cnf?: object): string {
  const who = { iss: ISSUER, sub: 'dwu_01JD0C8Q4ZK3T7V9', aud: RESOURCE, client_id: 'dwc_4m3XkQ0n1v2b5c7x8z9a0b' }
  const what = { scope: 'notes:read notes:write', iat: NOW, exp: NOW + 600, jti: `j${i}`, grant_id: 'f'.repeat(32) }
  return signedJwt({ alg: 'ES256', typ: 'at+jwt', kid: 'k' }, { ...who, ...what, ...(cnf && { cnf }) }, privateKey)
}

function proof(i: number, accessToken: string): string {
  const ath = createHash('sha256').update(accessToken).digest('base64url')
  const claims = { jti: `p${i}`, htm: 'POST', htu: RESOURCE, iat: NOW, ath }
  return signedJwt({ typ: 'dpop+jwt', alg: 'ES256', jwk: ownerJwk }, claims, owner.privateKey)
}

type Work = (i: number) => unknown

/** Microseconds of CPU for one, on all threads: the best of several turns, which take turns with each other. */
async function byTurns(count: number, loads: Readonly<Record<string, () => Work>>): Promise<Record<string, number>> {
  const best: Record<string, number> = {}
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, prepare] of Object.entries(loads)) {
      const work = prepare()
      const before = process.cpuUsage()
      for (let i = 0; i < count; i++) await work(i)
      const { user, system } = process.cpuUsage(before)
      // The first round only warms.
      if (round > 0) best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, (user + system) / count)
    }
  }
  return best
}

const keys = createLocalJWKSet({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] })
/** One that stood before the first proof was made, or it would ask for a nonce. */
function guardOf() {
  let clock = NOW - 1
  const now = () => clock
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [ISSUER], keys: () => keys, now })
  clock = NOW
  return guard
}
const say = (name: string, value: string): void => void process.stdout.write(`${name.padEnd(46)} ${value}\n`)
const compared = (own: number, floor: number): string =>
  `${own.toFixed(1)} µs CPU, ${(own / floor).toFixed(2)} times the ${floor.toFixed(1)} of what has to be verified alone`

const tokens = Array.from({ length: TOKENS }, (_, i) => token(i))
const bound = Array.from({ length: TOKENS }, (_, i) => token(i, { jkt }))
const proofs = bound.map((text, i) => proof(i, text))
const authorizations = tokens.map((text) => `Bearer ${text}`)
const dpop = bound.map((text) => `DPoP ${text}`)
const at = <T>(list: readonly T[], i: number): T => list[i] as T

const subtleKey = await crypto.subtle.importKey(
  'jwk',
  publicKey.export({ format: 'jwk' }),
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['verify'],
)
/** The same by WebCrypto, which jose verifies with. */
async function subtleVerify(text: string): Promise<void> {
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  if (!(await crypto.subtle.verify(algorithm, subtleKey, signature, Buffer.from(text.slice(0, end)))))
    throw new Error('a bad signature')
}

const first = await byTurns(TOKENS, {
  raw: () => (i) => verifyAlone(at(tokens, i), publicKey),
  subtle: () => (i) => subtleVerify(at(tokens, i)),
  guard: () => {
    const guard = guardOf()
    return (i) => guard.verify(at(authorizations, i))
  },
})
say('a token that was not seen before', compared(first.guard ?? 0, first.raw ?? 0))
say('  beside the same signature by WebCrypto', compared(first.guard ?? 0, first.subtle ?? 0))

const withProof = await byTurns(TOKENS, {
  raw: () => (i) => {
    verifyAlone(at(bound, i), publicKey)
    verifyAlone(at(proofs, i), owner.publicKey)
  },
  guard: () => {
    const guard = guardOf()
    return (i) => guard.verify(at(dpop, i), [], { method: 'POST', proof: at(proofs, i) })
  },
})
say('a bound token with its proof, not seen before', compared(withProof.guard ?? 0, withProof.raw ?? 0))

const again = await byTurns(REPEATS, {
  guard: () => {
    const guard = guardOf()
    return () => guard.verify(at(authorizations, 0))
  },
})
say('a token that was seen before', `${(again.guard ?? 0).toFixed(1)} µs CPU`)

const [steady = ''] = bound
const fresh = tokens.map((_, i) => proof(TOKENS + i, steady))
const kept = await byTurns(TOKENS, {
  raw: () => (i) => verifyAlone(at(fresh, i), owner.publicKey),
  guard: () => {
    const guard = guardOf()
    return (i) => guard.verify(`DPoP ${steady}`, [], { method: 'POST', proof: at(fresh, i) })
  },
})
say('a bound token that was seen, with a new proof', compared(kept.guard ?? 0, kept.raw ?? 0))

globalThis.gc?.()
const before = process.memoryUsage()
const claim = proofMemory(() => NOW)
let taken = 0
for (let i = 0; i < LIVE_PROOFS; i++) {
  if (await claim(createHash('sha256').update(`p${i}`).digest('base64url'), NOW + 300)) taken++
}
globalThis.gc?.()
const after = process.memoryUsage()
// Still in use, so that nothing of it is counted as gone.
await claim(createHash('sha256').update('one more').digest('base64url'), NOW + 300)
const megabytes = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20
say(
  `${LIVE_PROOFS} live proofs`,
  `${taken} remembered in ${megabytes.toFixed(1)} MB${globalThis.gc === undefined ? ' (run with --expose-gc to be exact)' : ''}`,
)
