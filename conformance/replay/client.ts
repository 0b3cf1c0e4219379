/** Where a fact about a client comes from: its documentation, its source, issues that quote it; or nothing yet. */
export type Evidence = 'documentation' | 'source' | 'issues' | 'unknown'

/** Client metadata as sent or published. `{port}` and the other places of `Fill` are filled in at each walk. */
export type Metadata = Readonly<Record<string, unknown>>

export interface DynamicRegistration {
  readonly kind: 'dynamic'
  readonly body: Metadata
  /** Where this way of registering uses another redirect URI than the client otherwise does. */
  readonly redirect?: Redirect
}

export interface DocumentRegistration {
  readonly kind: 'metadata-document'
  readonly url: string
  readonly document: Metadata
  /** The client looks for `none` among the server's methods as well before it uses its document. */
  readonly needsPublicClients?: boolean
  /** What the client does where the server takes no documents. */
  readonly otherwise?: DynamicRegistration
}

/**
 * The redirect URI at the authorization endpoint, with places: `{port}` an ephemeral port, `{id}` an id of the
 * connection, `{server}` Codex's digest of the MCP URL.
 */
export type Redirect =
  | string
  /** Depends on whether the server promises `iss` (RFC 9207). */
  | { readonly withIssuer: string; readonly without: string }

export type Leg = 'authorize' | 'token' | 'refresh'

export interface ResourceHabit {
  /**
   * `verbatim`: as the resource metadata has it. `href`: through a URL parser, so that an origin gets a slash.
   * `without-slash`: a slash at the end is cut off. `typed`: the address that the person typed.
   */
  readonly spelling: 'verbatim' | 'href' | 'without-slash' | 'typed' | 'none'
  readonly at: readonly Leg[]
}

export type ScopeHabit =
  | 'none'
  /** Of the challenge, else all of the resource metadata, else none. */
  | 'challenge'
  | 'all-of-resource'
  | 'all-of-server'
  /** What the registration answered; none where it says nothing. */
  | 'as-registered'
  | { readonly literal: string }

export type AuthenticationMethod = 'none' | 'client_secret_post' | 'client_secret_basic' | 'private_key_jwt'

export interface RefreshHabit {
  /** So many processes present one refresh token at the same moment. */
  readonly processes: number
  /** Repeats the scope of the authorization request. */
  readonly repeatsScope?: boolean
}

export type Expectation =
  | 'resource-as-typed'
  | 'resource-has-scopes'
  | 's256-advertised'
  | 'strict-openid'
  | 'registration-has-secret'
  | 'registration-has-scope'
  | 'registration-keeps-every-redirect'
  | 'registration-again-same-id'
  | 'forgotten-told-at-authorize'
  | 'forgotten-told-at-token'
  | 'iss-exact'
  | 'token-type-exact'
  | 'token-says-scope-and-lifetime'
  | 'audience-verbatim'

/** One MCP client as it shows itself to a server, as a plain value that needs no account of its vendor. */
export interface ReplayClient {
  readonly name: string
  /** The day for which it holds. */
  readonly dated: string
  readonly sources: readonly string[]
  readonly evidence: readonly Evidence[]
  readonly registration: DynamicRegistration | DocumentRegistration
  readonly redirect: Redirect
  readonly resource: ResourceHabit
  readonly scope: ScopeHabit
  /** Adds `offline_access` to the scope, and `prompt=consent`, where the server lists that scope. */
  readonly wantsOfflineAccess?: boolean
  /** Further parameters of the authorization request. */
  readonly authorize?: Readonly<Record<string, string>>
  /** Writes the query of the authorization request without percent-encoding its values. */
  readonly unencoded?: boolean
  /** `as-registered`: whatever the registration answered. */
  readonly authentication: AuthenticationMethod | 'as-registered'
  readonly refresh: RefreshHabit
  /** Asks for the authorization page as a program first, and opens a browser only where that is no error. */
  readonly looksAhead?: boolean
  readonly userAgent?: string
  /** Of a client in a browser, which may read only what CORS allows. */
  readonly origin?: string
  /** What the client cannot do without; the walk fails. */
  readonly expects: readonly Expectation[]
  /** What its people are the worse for without, though it gets through; the walk notes it. */
  readonly prefers?: readonly Expectation[]
  /** A fault of the client itself: where a right server stops it, and what it has to say. */
  readonly stopped?: { readonly at: StepName; readonly says: RegExp }
  /** Fields that nobody has seen; what stands there is the commonest value. */
  readonly assumed: readonly string[]
}

export const STEPS = ['discover', 'register', 'authorize', 'token', 'initialize', 'tools', 'call', 'refresh'] as const
export type StepName = (typeof STEPS)[number]

export const DATED = '2026-11-21'

/** What the TypeScript SDK does on every leg, and so most clients. */
export const SDK_RESOURCE: ResourceHabit = { spelling: 'href', at: ['authorize', 'token', 'refresh'] }
