import type { CryptoKey, JWSHeaderParameters, KeyObject } from 'jose'

export interface ScopeOptions {
  readonly description: string
  /** Scopes that it contains. */
  readonly includes?: readonly string[]
}

/** Finds the key that a token says it was signed with; throws where there is none. */
export type FindKey = (header: JWSHeaderParameters) => Promise<CryptoKey | KeyObject>

export interface ResourceOptions {
  /** The address at which clients reach the MCP server, byte for byte as they should name it. */
  readonly resource: string
  /** Issuers whose tokens are taken. */
  readonly authorizationServers: readonly string[]
  /** Scope to its meaning. */
  readonly scopes?: Readonly<Record<string, string | ScopeOptions>>
  /** Needed for every request. */
  readonly requiredScopes?: readonly string[]
  /** Needed for a call of one tool, on top of those. */
  readonly tools?: Readonly<Record<string, readonly string[]>>
  readonly name?: string
  readonly documentation?: string
  /** Signature algorithms that are taken. Default: the asymmetric ones of RFC 7518 and RFC 8037. */
  readonly algorithms?: readonly string[]
  /** Takes tokens whose `typ` is `JWT` or missing, for issuers older than RFC 9068. */
  readonly acceptPlainJwt?: boolean
  /** Seconds that clocks may differ. Default 30. */
  readonly clockToleranceSeconds?: number
  /** Where keys come from; default is the issuer's `jwks_uri`, found by discovery and cached. */
  readonly keys?: (issuer: string) => FindKey
  readonly fetch?: (request: Request) => Promise<Response>
  /** Seconds since 1970. */
  readonly now?: () => number
}

/** What a good token says. */
export interface Access {
  readonly subject: string
  readonly clientId: string
  /** As granted; use `guard.allows` to ask with the hierarchy in mind. */
  readonly scopes: readonly string[]
  readonly issuer: string
  /** The grant that it comes from, where the issuer names it. */
  readonly grantId: string | undefined
  /** Seconds since 1970. */
  readonly expiresAt: number
  readonly token: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** RSA and elliptic curves; never `none`, never a shared secret. */
export const ALGORITHMS: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]
