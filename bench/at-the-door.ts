import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { protectResource } from '@doorward/resource'
import { createLocalJWKSet } from 'jose'
import { type Load, measureByTurns } from './load.ts'
import type { Row } from './report.ts'

const ISSUER = 'https://login.example'
const RESOURCE = 'https://notes.example/mcp'
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

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
  const input = `${encoded({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })}.${encoded({ ...who, ...what })}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function verifyAlone(text: string, key: KeyObject): void {
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  if (!verify('sha256', Buffer.from(text.slice(0, end)), { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw new Error('a bad signature')
}
