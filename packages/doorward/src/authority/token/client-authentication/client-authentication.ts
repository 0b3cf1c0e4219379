import type { Certificate } from '@doorward/core/mtls/certificate'
import type { AuthenticationMethod } from '@doorward/core/oauth/client-metadata'
import type { Form } from '@doorward/core/oauth/form'
import type { StoredClient } from '../../../store/store.ts'
import type { AuthorityContext, Visit } from '../../context.ts'
import type { CertificateVerdict } from '../client-certificate.ts'

export interface PresentedCredentials {
  readonly clientId: string
  readonly secret?: string
  readonly assertion?: string
}

/** One way in which a client says who it is (RFC 6749 §2.3). */
export interface ClientAuthentication {
  readonly method: AuthenticationMethod
  /** What the request presents in this way, or undefined where it does not use it. */
  readonly read: (authorization: string | null, form: Form) => PresentedCredentials | undefined
  /** Of a method in which the connection speaks and not the request (RFC 8705 §2). */
  readonly judgeCertificate?: (
    ctx: AuthorityContext,
    visit: Visit,
    client: StoredClient,
    certificate: Certificate | undefined,
  ) => Promise<CertificateVerdict>
}
