import type { AuthorityContext, Visit } from '../../context.ts'
import type { Provider } from '../settings.ts'

/** What is asked of a provider. */
export interface Departure {
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  /** The S256 challenge (RFC 7636). */
  readonly challenge: string
  /** What the person typed. */
  readonly hint?: string | undefined
  /** The person has to sign in there anew. */
  readonly isFresh: boolean
  /** Seconds that the sign-in there may be old. */
  readonly maxAge?: number | undefined
}

/** What came back in the browser, and what was kept here meanwhile. */
export interface Return {
  readonly parameters: URLSearchParams
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Who somebody is, as a provider says. Its tokens have been used up and forgotten when this is made. */
export interface Arrival {
  readonly subject: string
  /** Only where the provider vouches for it. */
  readonly email: string | undefined
  /** An address or login name, for people to recognise the account. */
  readonly label: string
  /** As it came; undefined where groups are not asked for. */
  readonly groups: unknown
  /** When the person signed in there, where it says so. */
  readonly authenticatedAt: number | undefined
  readonly amr: readonly string[]
}

/** A kind of identity provider. Throws an `OAuthError` for the person. */
export interface Connector {
  readonly kind: Provider['kind']
  readonly depart: (ctx: AuthorityContext, provider: Provider, departure: Departure) => Promise<URL>
  readonly arrive: (ctx: AuthorityContext, visit: Visit, provider: Provider, back: Return) => Promise<Arrival>
}

/** What providers publish of themselves, by id. As many as are configured, and all of it can be lost. */
export type ProviderMemory = Map<string, { readonly value: unknown; readonly freshUntil: number }>
