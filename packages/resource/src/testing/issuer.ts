import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/** 2026-01-01T00:00:00Z, where every test clock stands. */
export const NOW = 1_767_225_600
export const RESOURCE = 'https://notes.example/mcp'

export interface TestKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

export async function makeKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export interface TokenOptions {
  readonly claims?: JWTPayload
  readonly header?: Readonly<Record<string, unknown>>
}

/** Signs what a good authorization server would say, but for what is asked to be otherwise. `undefined` leaves out. */
export function signToken(
  key: TestKey,
  issuer: string,
  { claims = {}, header = {} }: TokenOptions = {},
): Promise<string> {
  const payload: JWTPayload = {
    iss: issuer,
    sub: 'ada',
    aud: RESOURCE,
    client_id: 'editor',
    scope: 'notes:read',
    iat: NOW,
    exp: NOW + 300,
    jti: 'one',
    ...claims,
  }
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.jwk.alg ?? 'ES256', typ: 'at+jwt', kid: key.kid, ...header })
    .sign(key.privateKey)
}

/** Signs a feed of revoked grants, in the same way. */
export function signFeed(
  key: TestKey,
  issuer: string,
  { claims = {}, header = {} }: TokenOptions = {},
): Promise<string> {
  const payload: JWTPayload = { iss: issuer, iat: NOW, exp: NOW + 30, grants: [], ...claims }
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.jwk.alg ?? 'ES256', typ: 'revoked-grants+jwt', kid: key.kid, ...header })
    .sign(key.privateKey)
}

/** A server on a free loopback port. */
export async function listen(
  listener: RequestListener,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, close }
}

export interface TestIssuer {
  readonly issuer: string
  /** What the JWKS endpoint says; change it to rotate. */
  keys: JWK[]
  /** Answers in place of a path's own answer. */
  readonly instead: Map<string, RequestListener>
  /** Paths, in the order in which they were asked for. */
  readonly visits: string[]
  readonly close: () => Promise<void>
}

/** A real authorization server, as far as a resource server can see one. */
export async function startIssuer(path = ''): Promise<TestIssuer> {
  const visits: string[] = []
  const instead = new Map<string, RequestListener>()
  const server = await listen((request, response) => {
    const url = request.url ?? ''
    visits.push(url)
    const other = instead.get(url)
    if (other !== undefined) return other(request, response)
    if (url === '/keys') return answer(response, 200, { keys: self.keys })
    if (url === `/.well-known/oauth-authorization-server${path}`) {
      return answer(response, 200, { issuer: self.issuer, jwks_uri: `${server.origin}/keys` })
    }
    answer(response, 404, { error: 'not_found' })
  })
  const self: TestIssuer = { issuer: `${server.origin}${path}`, keys: [], instead, visits, close: server.close }
  return self
}

export function answer(response: Parameters<RequestListener>[1], status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
