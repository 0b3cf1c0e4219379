import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metadata } from './client.ts'

const KEY_ID = 'replay'
const ASSERTION_SECONDS = 60

export interface DocumentListener {
  /** The client id: where the document lies. */
  readonly url: string
  /** How often the document was asked for. */
  readonly visits: () => number
  /** A client assertion of RFC 7523 §2.2, by the key behind the document's `jwks_uri`. */
  readonly assertion: (audience: string) => string
  readonly close: () => void
}

/**
 * Publishes a client's document on this computer, for a server that cannot or should not fetch the vendor's. Only what
 * names the place changes: `client_id`, and `jwks_uri` where there is one, since nobody else has the vendor's key.
 */
export async function publishDocument(document: Metadata): Promise<DocumentListener> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }
  let visits = 0
  const server = createServer((request, response) => {
    const body = BODIES[request.url ?? '']?.()
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
    })
    response.end(JSON.stringify(body ?? { error: 'not_found' }))
  })
  // Never keeps alive the process of somebody who forgot to close it.
  server.listen(0, 'localhost').unref()
  await once(server, 'listening')
  // A port comes again, and a server remembers for minutes what lay there.
  const folder = `/${randomUUID()}`
  const place = `http://localhost:${(server.address() as AddressInfo).port}${folder}`
  const url = `${place}/client.json`
  const published = {
    ...document,
    client_id: url,
    ...(document.jwks_uri === undefined ? {} : { jwks_uri: `${place}/jwks.json` }),
  }
  const BODIES: Readonly<Record<string, () => unknown>> = {
    [`${folder}/client.json`]: () => {
      visits++
      return published
    },
    [`${folder}/jwks.json`]: () => ({ keys: [jwk] }),
  }
  return {
    url,
    visits: () => visits,
    assertion: (audience) => {
      const issuedAt = Math.floor(Date.now() / 1000)
      const claims = {
        iss: url,
        sub: url,
        aud: audience,
        jti: randomUUID(),
        iat: issuedAt,
        exp: issuedAt + ASSERTION_SECONDS,
      }
      const signed = [{ alg: 'RS256', kid: KEY_ID, typ: 'JWT' }, claims].map(encode).join('.')
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    },
    close: () => void server.close().closeAllConnections(),
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
