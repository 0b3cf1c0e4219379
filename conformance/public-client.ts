// A public client without an SDK: it registers itself, asks with PKCE, and redeems.
import { createHash } from 'node:crypto'

export const REDIRECT = 'http://127.0.0.1:4200/callback'
const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** Its `client_id`. */
export async function register(issuer: string, more: Record<string, unknown> = {}): Promise<string> {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', ...more }),
  })
  return ((await response.json()) as { client_id: string }).client_id
}

/** Where a person is sent. */
export function authorizeUrl(issuer: string, client: string, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...more,
  })
  return `${issuer}/authorize?${query}`
}

/** The form for what came back. */
export function redemption(client: string, code: string | null): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code: code ?? '',
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT,
    client_id: client,
  }
}
