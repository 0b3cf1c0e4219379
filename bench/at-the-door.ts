import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { protectResource } from '@doorward/resource'
import { createLocalJWKSet } from 'jose'
import { signedJwt, verifyAlone } from './jws.ts'
import { type Load, measureByTurns } from './load.ts'
import type { Row } from './report.ts'

const ISSUER = 'https://login.example'
const RESOURCE = 'https://notes.example/mcp'

/** What the toolkit takes for a token that it has not seen, and for one that it has, each beside the signature alone, in this process. */
export async function atTheDoor(operations: number): Promise<readonly Row[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = createLocalJWKSet({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] })
  const guard = protectResource({ resource: RESOURCE, authorizationServers: [ISSUER], keys: () => keys })
  const tokens = Array.from({ length: Math.ceil(operations * 1.5) + 1 }, (_, i) => token(i, privateKey))
  let next = 0
  const fresh = () => tokens[next++ % tokens.length] as string
  const known = `Bearer ${tokens[0]}`
  await guard.verify(known)
  const load = (operation: () => unknown): Load => ({
    pid: process.pid,
    callers: 1,
    operation: async () => void (await operation()),
  })
  const signature = load(() => verifyAlone(tokens[0] as string, publicKey))
  const rows: Row[] = []
  for (const [name, operation] of [
    ['verification, new token', () => guard.verify(`Bearer ${fresh()}`)],
    ['verification, known token', () => guard.verify(known)],
  ] as const) {
    const [measured, ceiling] = await measureByTurns([load(operation), signature], operations)
    if (measured && ceiling) rows.push({ name, measured, ceilingName: 'verify', ceiling })
  }
  return rows
}

function token(i: number, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000)
  const who = { iss: ISSUER, sub: 'dwu_01JD0C8Q4ZK3T7V9', aud: RESOURCE, client_id: 'dwc_4m3XkQ0n1v2b5c7x8z9a0b' }
  const what = { scope: 'notes:read', iat: now, exp: now + 3600, jti: `j${i}`, grant_id: 'f'.repeat(32) }
  return signedJwt({ alg: 'ES256', typ: 'at+jwt', kid: 'k' }, { ...who, ...what }, key)
}
