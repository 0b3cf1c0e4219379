import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { signedJwt } from './jws.ts'
import type { Load, Send } from './load.ts'

export const CALLERS = 32
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
export const JSON_TYPE = { 'content-type': 'application/json' }
export const REDIRECT = 'http://127.0.0.1:1/callback'
export const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** What `doorward dev --json` says once it is ready. */
export interface Ready {
  readonly issuer: string
  readonly mcp: string
  readonly operator: { readonly email: string; readonly password: string }
  readonly database: string
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

export async function signIn(send: Send, client: string, { operator }: Ready): Promise<string> {
  const cookies = new Map<string, string>()
  const keep = (list: string[]) => {
    for (const cookie of list) {
      const [pair = ''] = cookie.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
  }
  const jar = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const asked = await send('GET', authorizePath(client))
  keep(asked.cookies)
  const request = new URL(asked.location ?? '').searchParams.get('request') ?? ''
  const signed = await send('POST', '/sign-in', new URLSearchParams({ request, ...operator }).toString(), {
    ...FORM,
    cookie: jar(),
  })
  keep(signed.cookies)
  return jar()
}

/** The request, which the consent page answers, consent, token: three exchanges, one grant, one code, one pair of tokens. */
export async function codeFlow(send: Send, client: string, cookie: string, prove?: Prove): Promise<Tokens> {
  const page = await send('GET', authorizePath(client), undefined, { cookie })
  const request = /name="?request"? value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const agreed = await send('POST', '/consent', new URLSearchParams({ request, decision: 'approve' }).toString(), {
    ...FORM,
    cookie,
  })
  const code = new URL(agreed.location ?? '').searchParams.get('code') ?? ''
  const answer = await send(
    'POST',
    '/token',
    new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client,
      code,
      code_verifier: VERIFIER,
    }).toString(),
    { ...FORM, ...prove?.() },
  )
  expect(answer)
  return JSON.parse(answer.body) as Tokens
}

export function authorizePath(client: string): string {
  const query = {
    response_type: 'code',
    client_id: client,
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 's',
  }
  return `/authorize?${new URLSearchParams(query)}`
}

export function expect(answer: { status: number; body: string }, status = 200): void {
  if (answer.status !== status)
    throw new Error(`status ${answer.status} instead of ${status}: ${answer.body.slice(0, 300)}`)
}

export function registration(name: string): string {
  return JSON.stringify({ redirect_uris: [REDIRECT], client_name: name, token_endpoint_auth_method: 'none' })
}

/** The header of a request that is bound to a key (RFC 9449): a fresh proof each time. */
export type Prove = () => Record<string, string>

/** Proofs of one key for the token endpoint of an issuer. */
export function prover(issuer: string): Prove {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) }
  return () => {
    const claims = { htm: 'POST', htu: `${issuer}/token`, jti: randomUUID(), iat: Math.floor(Date.now() / 1000) }
    return { dpop: signedJwt(header, claims, privateKey) }
  }
}

/** Each caller refreshes its own grant, over and over. */
export async function rotation(
  send: Send,
  client: string,
  session: string,
  prove?: Prove,
): Promise<{ tokens: readonly Tokens[]; refresh: Load['operation'] }> {
  const tokens = await Promise.all(Array.from({ length: CALLERS }, () => codeFlow(send, client, session, prove)))
  const refresh = async (caller: number): Promise<void> => {
    const form = `grant_type=refresh_token&client_id=${client}&refresh_token=${tokens[caller]?.refresh_token}`
    const answer = await send('POST', '/token', form, { ...FORM, ...prove?.() })
    expect(answer)
    tokens[caller] = JSON.parse(answer.body) as Tokens
  }
  return { tokens, refresh }
}
