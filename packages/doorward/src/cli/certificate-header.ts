import { readX509 } from '@doorward/core/mtls/certificate'

export const CERTIFICATE_FORMATS = ['url-encoded-pem', 'client-cert', 'envoy'] as const
export type CertificateFormat = (typeof CERTIFICATE_FORMATS)[number]

/** How a proxy that ends TLS passes the certificate of its client on. */
export interface CertificateHeader {
  readonly name: string
  readonly format: CertificateFormat
}

const ESCAPED_PEM =
  /^-----BEGIN CERTIFICATE-----\s+((?:[A-Za-z0-9+/]+\s+)*[A-Za-z0-9+/]*={0,2})\s*-----END CERTIFICATE-----\s*$/
/** RFC 9440 §2.1: a byte sequence of RFC 8941 §3.3.5. */
const BYTE_SEQUENCE = /^:([A-Za-z0-9+/]+={0,2}):$/
/** One element of `x-forwarded-client-cert`: pairs with a semicolon between them, a value in quotes where it needs them. */
const ENVOY_PAIR = /^([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))(?:;|$)/

/**
 * The certificate, in DER, of a header value as the Web API gives it: values of a header that came twice stand in it one after
 * the other, with a comma between them, which none of the formats has.
 */
export function readCertificateHeader(value: string, format: CertificateFormat): Uint8Array | 'twice' | 'malformed' {
  const base64 = READERS[format](value.trim())
  if (base64 === 'twice') return base64
  if (base64 === undefined) return 'malformed'
  try {
    return readX509(Buffer.from(base64, 'base64')).raw
  } catch {
    return 'malformed'
  }
}

const READERS: Readonly<Record<CertificateFormat, (value: string) => string | undefined>> = {
  // nginx: $ssl_client_escaped_cert.
  'url-encoded-pem': (value) => (value.includes(',') ? 'twice' : escapedPem(value)),
  'client-cert': (value) => (value.includes(',') ? 'twice' : BYTE_SEQUENCE.exec(value)?.[1]),
  envoy: (value) => {
    const certificates: string[] = []
    for (let rest = value; rest !== ''; ) {
      const [pair, key = '', quoted, bare = ''] = ENVOY_PAIR.exec(rest) ?? []
      // What follows a comma is from another proxy, or from whoever wrote before it.
      if (pair === undefined) return /^[A-Za-z]+=(?:"(?:[^"\\]|\\.)*"|[^",;]*),/.test(rest) ? 'twice' : undefined
      if (key.toLowerCase() === 'cert') certificates.push(quoted ?? bare)
      rest = rest.slice(pair.length)
    }
    return certificates.length === 1 ? escapedPem(certificates[0] as string) : undefined
  },
}

function escapedPem(value: string): string | undefined {
  try {
    return ESCAPED_PEM.exec(decodeURIComponent(value))?.[1]?.replace(/\s/g, '')
  } catch {
    return undefined
  }
}
