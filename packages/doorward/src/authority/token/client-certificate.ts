import { thumbprintOf } from '@doorward/core/dpop/proof'
import { sameSecret } from '@doorward/core/kernel/digest'
import type { Certificate } from '@doorward/core/mtls/certificate'
import { type IssuerVerdict, judgeIssuer } from '@doorward/core/mtls/issuer'
import { SUBJECT_FIELDS, SUBJECTS } from '@doorward/core/mtls/subject'
import type { StoredClient } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { KeysUnavailable, keySetAt, renewKeySet } from './key-sets.ts'

export type CertificateVerdict = IssuerVerdict | 'missing' | 'of_somebody_else' | 'not_registered' | 'keys_unavailable'

/** What is wrong with a certificate, to a client. */
export const CERTIFICATE_WORDS: Readonly<Record<Exclude<CertificateVerdict, 'good'>, string>> = {
  missing: 'This client authenticates with a certificate, and the connection has none',
  not_yet_valid: 'The client certificate is not valid yet',
  expired: 'The client certificate has expired',
  not_for_clients: 'The client certificate is not made for authenticating clients',
  unknown_extension: 'The client certificate has a critical extension that is not known here',
  weak_signature: 'The client certificate is signed with an algorithm that is not taken here',
  unknown_issuer: 'The client certificate was issued by nobody who is trusted here',
  of_somebody_else: 'The client certificate has another subject than the one that this client registered',
  not_registered: 'The client certificate is none of those that this client registered',
  keys_unavailable: 'The registered certificates of this client cannot be fetched',
}

/** PKI (RFC 8705 §2.1): a certificate of a trusted authority, whose subject is the one that the client registered. */
export function judgeIssued(
  ctx: Pick<AuthorityContext, 'mtls' | 'now'>,
  client: StoredClient,
  certificate: Certificate | undefined,
): CertificateVerdict {
  if (certificate === undefined) return 'missing'
  const verdict = judgeIssuer(certificate, ctx.mtls?.authorities ?? [], ctx.now())
  if (verdict !== 'good') return verdict
  const field = SUBJECT_FIELDS.find((name) => client.metadata[name] !== undefined)
  const isOwn = field !== undefined && SUBJECTS[field].isOf(String(client.metadata[field]), certificate)
  return isOwn ? 'good' : 'of_somebody_else'
}

/**
 * Self-signed (RFC 8705 §2.2): one of the certificates in the client's `jwks`. Nothing of its words or dates is believed or
 * looked at: the handshake showed that the client holds the key.
 */
export async function judgeSelfSigned(
  ctx: AuthorityContext,
  visit: Visit,
  client: StoredClient,
  certificate: Certificate | undefined,
): Promise<CertificateVerdict> {
  if (certificate === undefined) return 'missing'
  const { jwks, jwks_uri: uri } = client.metadata
  if (jwks !== undefined) return isAmong(certificate, (jwks as Jwks).keys) ? 'good' : 'not_registered'
  try {
    const known = await keySetAt(ctx, visit, String(uri))
    if (isAmong(certificate, known.jwks)) return 'good'
    // The client may have a new certificate since we looked.
    const renewed = await renewKeySet(ctx, visit, String(uri), known)
    return renewed !== undefined && isAmong(certificate, renewed.jwks) ? 'good' : 'not_registered'
  } catch (error) {
    if (error instanceof KeysUnavailable) return 'keys_unavailable'
    throw error
  }
}

interface Jwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** §2.2.2: `x5c` names the certificate itself; where a key comes without one, any certificate for that key is meant. */
function isAmong(certificate: Certificate, keys: Jwks['keys']): boolean {
  const thumbprint = keyThumbprintOf(certificate)
  if (thumbprint === undefined) return false
  return keys.some((key) => {
    if (!sameSecret(thumbprintOf(key), thumbprint)) return false
    if (key.x5c === undefined) return true
    // RFC 7517 §4.7: base64 of DER, the first being the certificate of this key.
    const first: unknown = Array.isArray(key.x5c) ? key.x5c[0] : undefined
    return typeof first === 'string' && Buffer.compare(Buffer.from(first, 'base64'), certificate.der) === 0
  })
}

/** Undefined for a key that no JWK can hold (RSA-PSS, Brainpool): nobody has registered it. */
function keyThumbprintOf({ x509 }: Certificate): string | undefined {
  try {
    return thumbprintOf({ ...x509.publicKey.export({ format: 'jwk' }) })
  } catch {
    return undefined
  }
}
