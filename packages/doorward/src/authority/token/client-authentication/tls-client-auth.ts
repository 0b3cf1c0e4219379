import { judgeIssued } from '../client-certificate.ts'
import type { ClientAuthentication } from './client-authentication.ts'
import { none } from './none.ts'

/** RFC 8705 §2.1: the request names its client, and a certificate of a trusted authority shows that it is the one. */
export const tlsClientAuth: ClientAuthentication = {
  method: 'tls_client_auth',
  read: none.read,
  judgeCertificate: async (ctx, _visit, client, certificate) => judgeIssued(ctx, client, certificate),
}
