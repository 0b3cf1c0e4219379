import type { StoredClient } from '../../store/store.ts'

/**
 * Whether only one party can be this client (RFC 6749 §2.1 calls it confidential). Whoever registers the same words openly gets
 * the same id and a secret of their own, so such a secret proves nothing; a signature does, since the keys are part of the words.
 */
export function isProven({ assurance, metadata }: Pick<StoredClient, 'assurance' | 'metadata'>): boolean {
  const method = String(metadata.token_endpoint_auth_method ?? 'none')
  return method !== 'none' && !(assurance === 'claimed' && method.startsWith('client_secret_'))
}
