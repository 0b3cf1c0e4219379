import { judgeSelfSigned } from '../client-certificate.ts'
import type { ClientAuthentication } from './client-authentication.ts'
import { none } from './none.ts'

/** RFC 8705 §2.2: the request names its client, and the certificate is one of those that the client registered. */
export const selfSignedTlsClientAuth: ClientAuthentication = {
  method: 'self_signed_tls_client_auth',
  read: none.read,
  judgeCertificate: judgeSelfSigned,
}
