import type { Confirmation } from '@doorward/core/token/access-token'
import type { Once, StoredClient } from '../../../store/store.ts'
import type { AuthorityContext } from '../../context.ts'
import { senderKeyOf } from '../sender-key.ts'

/** The key that a sender has shown to hold. */
export interface Sender {
  /** The `cnf` of its access tokens. */
  readonly confirmation: Confirmation
  /** The same as a grant keeps it. */
  readonly key: string
  /** RFC 8705 §3: a token that is bound to a certificate is sent as any other. */
  readonly tokenType: 'DPoP' | 'Bearer'
  /** What showed it is good once. It is used up with what it is shown for, so that nobody fills the store by showing keys. */
  readonly once?: Once
}

export function senderOf(confirmation: Confirmation, tokenType: Sender['tokenType'], once?: Once): Sender {
  const key = senderKeyOf(confirmation)
  if (key === undefined) throw new TypeError('a confirmation of no known kind')
  return { confirmation, key, tokenType, ...(once === undefined ? {} : { once }) }
}

/** What a request shows, before it is known what for. */
export interface Shown {
  readonly sender: Sender
  /** Whether tokens for this resource are bound to it. A proof is made for that; a certificate may be there for the network alone. */
  readonly binds: (resource: string) => boolean
}

/** One way to bind tokens to who asks for them, so that a stolen one is worth nothing. */
export interface Constraint {
  readonly name: string
  /**
   * What the request proves in this way, or undefined where it does not try.
   * @throws OAuthError where it tries and fails.
   */
  readonly prove: (ctx: AuthorityContext, request: Request, client: StoredClient) => Promise<Shown | undefined>
}
