import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Fresh proofs (RFC 9449) of one key, for posts to an address. */
export async function makeProver(): Promise<(htu: string, more?: object) => Promise<string>> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return (htu, more = {}) =>
    new SignJWT({ htm: 'POST', htu, jti: randomBytes(12).toString('base64url'), ...more })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
      .setIssuedAt()
      .sign(privateKey)
}
