import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sha256 } from '@doorward/core/kernel/digest'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Provider } from '../authority/identity/settings.ts'

export type Claims = Readonly<Record<string, unknown>>

/** What the provider does otherwise than a good one. */
export interface Conduct {
  readonly idToken: Claims
  readonly sign: (claims: Claims) => Promise<string> | string
  readonly userInfo: Claims
  readonly discovery: Claims
  /** Answers instead of JSON, by path. */
  readonly bodies: Readonly<Record<string, { readonly type: string; readonly body: string }>>
}

/** Its tokens and our secret there, so that a test can look for them where they must not be. */
export const UPSTREAM = {
  access: 'upstream-access-token-3c1a',
  refresh: 'upstream-refresh-token-77f0',
  secret: 'a secret of the door',
}
const KEYS = Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])

export type OpenidProvider = Awaited<ReturnType<typeof makeOpenidProvider>>

/** A web server on this computer that answers as an OpenID provider does, or as one that must not be believed. Somebody called `ada` is signed in there. */
export async function makeOpenidProvider() {
  const [own, foreign] = await KEYS
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' }] }
  const signedBy = (key: typeof own) => (claims: Claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(key.privateKey)
  const asked: { path: string; authorization: string | undefined; form: URLSearchParams }[] = []
  const idTokens: string[] = []
  let conduct: Conduct = { idToken: {}, sign: signedBy(own), userInfo: {}, discovery: {}, bodies: {} }
  let wanted = new URLSearchParams()
  let issuer = ''

  async function saidAt(path: string, form: URLSearchParams): Promise<Claims | undefined> {
    switch (path) {
      case '/.well-known/openid-configuration':
        return {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/userinfo`,
          jwks_uri: `${issuer}/jwks`,
          ...conduct.discovery,
        }
      case '/token': {
        const isHeld = sha256(form.get('code_verifier') ?? '') === wanted.get('code_challenge')
        if (form.get('code') !== 'a code' || !isHeld) return { error: 'invalid_grant' }
        const idToken = await conduct.sign({ ...goodClaims(), ...conduct.idToken })
        idTokens.push(idToken)
        const { access, refresh } = UPSTREAM
        return { access_token: access, refresh_token: refresh, token_type: 'Bearer', id_token: idToken }
      }
      case '/jwks':
        return jwks
      case '/userinfo':
        return { sub: 'ada', ...conduct.userInfo }
      default:
        return undefined
    }
  }
  function goodClaims(): Claims {
    const now = Math.floor(Date.now() / 1000)
    const who = { sub: 'ada', email: 'ada@corp.example', email_verified: true, groups: ['staff'] }
    return { iss: issuer, aud: 'doorward', iat: now, exp: now + 300, nonce: wanted.get('nonce'), ...who }
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '', 'http://localhost').pathname
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
    asked.push({ path, authorization: request.headers.authorization, form })
    const other = conduct.bodies[path]
    const said = other === undefined ? await saidAt(path, form) : {}
    response.statusCode = said === undefined ? 404 : said.error === undefined ? 200 : 400
    response.setHeader('content-type', other?.type ?? 'application/json')
    response.end(other?.body ?? JSON.stringify(said ?? {}))
  }

  const server = createServer((request, response) => void answer(request, response)).listen(0, 'localhost')
  await once(server, 'listening')
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const settings: Provider = {
    id: 'company',
    name: 'Company',
    kind: 'oidc',
    issuer,
    clientId: 'doorward',
    clientSecret: createSecretKey(Buffer.from(UPSTREAM.secret)),
    authentication: 'client_secret_basic',
    scopes: ['email'],
    groupsClaim: ['groups'],
    operatorsGroup: 'admins',
    domains: [],
    newPeople: 'everybody',
  }
  return {
    /** How the door is set up for it. */
    settings,
    /** Every request that came, in order. */
    asked,
    /** Every ID token that it handed out. */
    idTokens,
    foreignKey: signedBy(foreign),
    behave: (changes: Partial<Conduct>): void => {
      conduct = { ...conduct, ...changes }
    },
    /** The person goes there, is known, and comes back with this. */
    visit: ({ searchParams }: URL): URLSearchParams => {
      wanted = searchParams
      return new URLSearchParams({ state: searchParams.get('state') ?? '', code: 'a code' })
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
