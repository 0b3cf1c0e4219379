import type { KeyObject } from 'node:crypto'
import { seal, unseal } from '@doorward/core/kernel/seal'

/** What an authorization code carries, sealed: nothing of it is stored (OAuth 2.1 §4.1.2). */
export interface AuthorizationCode {
  readonly grantId: string
  readonly clientId: string
  readonly redirectUri: string
  /** The S256 challenge of RFC 7636. */
  readonly challenge: string
  /** The flow that it belongs to, so that both sides of it tell one story. */
  readonly correlation: string
}

export function sealCode(key: KeyObject, code: AuthorizationCode, nonce: Uint8Array): string {
  const { grantId, clientId, redirectUri, challenge, correlation } = code
  return `dwa_${seal(key, Buffer.from(JSON.stringify([grantId, clientId, redirectUri, challenge, correlation])), nonce)}`
}

export function openCode(key: KeyObject, text: string): AuthorizationCode | undefined {
  if (!text.startsWith('dwa_')) return undefined
  const plain = unseal(key, text.slice(4))
  if (plain === undefined) return undefined
  const [grantId, clientId, redirectUri, challenge, correlation] = JSON.parse(plain.toString('utf8')) as [
    string,
    string,
    string,
    string,
    string,
  ]
  return { grantId, clientId, redirectUri, challenge, correlation }
}
