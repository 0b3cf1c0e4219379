import type { StoredClient } from '../../store/store.ts'

/** Whoever brings the same words, or a copy of the same software statement, gets the same id and a secret of their own. */
const SHARED: readonly StoredClient['assurance'][] = ['claimed', 'statement']

/**
 * Whether only one party can be this client (RFC 6749 §2.1 calls it confidential). Of a client that many can register a secret
 * proves nothing; a signature does, since the keys are part of the words.
 */
export function isProven({ assurance, metadata }: Pick<StoredClient, 'assurance' | 'metadata'>): boolean {
  const method = String(metadata.token_endpoint_auth_method ?? 'none')
  return method !== 'none' && !(SHARED.includes(assurance) && method.startsWith('client_secret_'))
}
