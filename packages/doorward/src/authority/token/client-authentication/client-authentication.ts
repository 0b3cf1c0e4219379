import type { AuthenticationMethod } from '@doorward/core/oauth/client-metadata'
import type { Form } from '@doorward/core/oauth/form'

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
}
