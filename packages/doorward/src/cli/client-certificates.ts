import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Certificate, readCertificate } from '@doorward/core/mtls/certificate'
import { problemOfAuthority } from '@doorward/core/mtls/issuer'
import { OAuthError } from '@doorward/core/oauth/error'
import { type CertificateHeader, readCertificateHeader } from './certificate-header.ts'
import type { RequestInfo } from './listen.ts'
import { isAmong, type Networks } from './network.ts'
import { systemWords, UsageError } from './problem.ts'

/** Where the certificates of requests are found. */
export interface ClientCertificates {
  /**
   * Takes the certificate of a request: of its connection, or from the header of a proxy that is trusted. From everybody else
   * that header is worth nothing and is not looked at.
   * @throws OAuthError where a trusted proxy sent what is not one certificate.
   */
  readonly take: (request: Request, info: Pick<RequestInfo, 'remoteAddress' | 'certificate'>) => void
  readonly of: (request: Request) => Certificate | undefined
}

export function clientCertificates(header: CertificateHeader | undefined, trusted: Networks): ClientCertificates {
  const taken = new WeakMap<Request, Uint8Array>()
  return {
    take: (request, { remoteAddress, certificate }) => {
      const der = header === undefined ? certificate?.() : fromProxy(request, remoteAddress, header)
      if (der !== undefined) taken.set(request, der)
    },
    of: (request) => {
      const der = taken.get(request)
      return der === undefined ? undefined : readCertificate(der)
    },
  }

  function fromProxy(
    request: Request,
    remoteAddress: string | undefined,
    { name, format }: CertificateHeader,
  ): Uint8Array | undefined {
    const value = request.headers.get(name)
    if (value === null || value === '' || !isAmong(remoteAddress, trusted)) return undefined
    const read = readCertificateHeader(value, format)
    // Whatever the reason, the proxy is set up wrongly or lets somebody write beside it.
    if (typeof read === 'string') {
      throw new OAuthError('invalid_request', `The header ${name} ${WORDS[read]}`, `certificate_header_${read}`)
    }
    return read
  }
}

const WORDS = { twice: 'came twice', malformed: 'does not hold one certificate' } as const

/**
 * The authorities in a PEM file.
 * @throws UsageError naming the file, and the certificate that cannot be one.
 */
export function readAuthorities(file: string): Certificate[] {
  const blocks = readText(file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new UsageError(`'${file}' in mtls.authorities holds no certificate in PEM.`)
  return blocks.map((block, i) => {
    const certificate = readCertificate(derOf(block))
    const problem = certificate === undefined ? 'cannot be read' : problemOfAuthority(certificate)
    if (certificate === undefined || problem !== undefined)
      throw new UsageError(`Certificate ${i + 1} of '${file}' in mtls.authorities ${problem}; remove it there.`)
    return certificate
  })
}

function derOf(pem: string): Uint8Array {
  try {
    return new X509Certificate(pem).raw
  } catch {
    return new Uint8Array()
  }
}

/** @throws UsageError */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      `The file '${file}' of the config file cannot be read (${systemWords(error)}); put it there, for the user that runs Doorward, or name another.`,
    )
  }
}
