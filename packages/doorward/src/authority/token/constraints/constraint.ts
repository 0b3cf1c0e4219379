import type { Form } from '@doorward/core/oauth/form'
import type { Once, StoredClient } from '../../../store/store.ts'
import type { AuthorityContext } from '../../context.ts'

/** The key that a sender has shown to hold. */
export interface Sender {
  readonly confirmation: { readonly jkt: string }
  readonly tokenType: 'DPoP'
  /** What showed it is good once. It is used up with what it is shown for, so that nobody fills the store by showing keys. */
  readonly once?: Once
}

/** One way to bind tokens to who asks for them, so that a stolen one is worth nothing. */
export interface Constraint {
  readonly name: string
  /**
   * What the request proves in this way, or undefined where it does not try.
   * @throws OAuthError where it tries and fails.
   */
  readonly prove: (
    ctx: AuthorityContext,
    request: Request,
    form: Form,
    client: StoredClient,
  ) => Promise<Sender | undefined>
}
