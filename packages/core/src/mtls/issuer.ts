import type { Certificate } from './certificate.ts'

export type IssuerVerdict =
  | 'good'
  | 'not_yet_valid'
  | 'expired'
  | 'not_for_clients'
  | 'unknown_extension'
  | 'weak_signature'
  | 'unknown_issuer'

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2'
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0'
const DIGITAL_SIGNATURE = 0x80
const KEY_AGREEMENT = 0x08
/** Key usage, alternative name, basic constraints, extended key usage: those that are judged here or by OpenSSL. */
const UNDERSTOOD = new Set(['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.37'])
/** RSA, ECDSA with SHA-256, SHA-384 or SHA-512; Ed25519; Ed448. */
const SIGNATURES = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
  '1.3.101.113',
])
const SHORTEST_RSA_BITS = 2048

/** What is wrong with a certificate as an authority for others, in words; undefined for one that can be. */
export function problemOfAuthority({ x509, critical }: Certificate): string | undefined {
  if (!x509.ca) return 'is not the certificate of an authority (basicConstraints CA:TRUE)'
  const { modulusLength = SHORTEST_RSA_BITS } = x509.publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength < SHORTEST_RSA_BITS) return `has an RSA key of less than ${SHORTEST_RSA_BITS} bits`
  if (!isForClients(x509)) return 'issues certificates for other purposes than clientAuth (extendedKeyUsage)'
  const unknown = critical.find((id) => !UNDERSTOOD.has(id))
  return unknown === undefined ? undefined : `has the critical extension ${unknown}, which is not judged here`
}

/**
 * Judges whether one of these authorities itself issued a client's certificate (RFC 8705 §2.1, RFC 5280 §6). No certificate
 * that somebody sends along is trusted on the way: an intermediate authority counts where an operator named it.
 * @param now seconds since 1970
 */
export function judgeIssuer(client: Certificate, authorities: readonly Certificate[], now: number): IssuerVerdict {
  const { x509, critical, keyUsage, signatureAlgorithm } = client
  const validity = validityOf(client, now)
  if (validity !== 'good') return validity
  // RFC 5280 §4.2: what is critical and not understood speaks against the whole certificate.
  if (critical.some((id) => !UNDERSTOOD.has(id))) return 'unknown_extension'
  const mayShowKey = keyUsage === undefined || (keyUsage & (DIGITAL_SIGNATURE | KEY_AGREEMENT)) !== 0
  if (!isForClients(x509) || !mayShowKey) return 'not_for_clients'
  if (!SIGNATURES.has(signatureAlgorithm)) return 'weak_signature'
  const issuer = authorities.find(
    (authority) =>
      // Names, key identifiers, and that the authority's key may sign certificates; then the signature itself.
      x509.checkIssued(authority.x509) &&
      x509.verify(authority.x509.publicKey) &&
      validityOf(authority, now) === 'good' &&
      problemOfAuthority(authority) === undefined,
  )
  return issuer === undefined ? 'unknown_issuer' : 'good'
}

/** RFC 5280 §4.2.1.12. In the certificate of an authority it is taken for the purpose of those that it issues, as OpenSSL does. */
function isForClients({ keyUsage: purposes }: Readonly<{ keyUsage: readonly string[] | undefined }>): boolean {
  return purposes === undefined || purposes.includes(CLIENT_AUTHENTICATION) || purposes.includes(ANY_EXTENDED_KEY_USAGE)
}

function validityOf({ x509 }: Certificate, now: number): 'good' | 'not_yet_valid' | 'expired' {
  if (now * 1000 < x509.validFromDate.getTime()) return 'not_yet_valid'
  return now * 1000 > x509.validToDate.getTime() ? 'expired' : 'good'
}
