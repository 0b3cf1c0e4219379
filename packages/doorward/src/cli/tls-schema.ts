import * as v from 'valibot'
import { CERTIFICATE_FORMATS } from './certificate-header.ts'

const File = v.pipe(v.string(), v.minLength(1))

/** TLS that ends here. */
export const TlsSchema = v.strictObject({
  certificate: v.pipe(File, v.description('PEM: the certificate of this server and those between it and its root.')),
  key: v.pipe(File, v.description('PEM: its private key, without passphrase.')),
})

/** Where client certificates come from (RFC 8705). */
export const MtlsSchema = v.strictObject({
  port: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(65535),
      v.description('A second listener, which asks for client certificates. With tls.'),
    ),
  ),
  host: v.optional(v.pipe(v.string(), v.description('The address that it listens on. Default: host.'))),
  header: v.optional(
    v.pipe(
      v.strictObject({
        name: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/, 'a header name is written in lower case')),
        format: v.picklist(CERTIFICATE_FORMATS),
      }),
      v.description(
        'Instead of port: the header in which a proxy of trustedProxies passes the certificate of its client.',
      ),
    ),
  ),
  origin: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^https:\/\/[a-z0-9.:[\]-]+$/, 'an origin is like https://mtls.example.com'),
      v.description(
        'The public address at which certificates are asked for. Default: the host of the issuer with port; with header, the issuer.',
      ),
    ),
  ),
  authorities: v.optional(
    v.pipe(
      v.array(File),
      v.description('PEM: who issues the certificates of clients that authenticate by tls_client_auth.'),
    ),
  ),
})

export type MtlsConfig = v.InferOutput<typeof MtlsSchema>
