import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Seconds } from '@doorward/core/kernel/seconds'

/** How we know what a client says of itself, from a person's word down to nothing. */
export type Assurance = 'operator' | 'user' | 'statement' | 'domain' | 'invited' | 'claimed'

export interface StoredClient {
  readonly id: string
  readonly assurance: Assurance
  /** RFC 7591 metadata, canonical. The store does not look inside. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Seconds
  /** Last time somebody agreed to a grant for it. */
  readonly usedAt?: Seconds
  /** Derived secrets issued before this moment are no longer good. */
  readonly secretsNotBefore: Seconds
  readonly blockedAt?: Seconds | undefined
  /** The person who registered it for their own use. */
  readonly owner?: string | undefined
  /** The invite, or the issuer of the software statement. */
  readonly vouchedBy?: string | undefined
  /** Somebody wants to use it and an operator has to say whether they may. */
  readonly askedAt?: Seconds | undefined
  readonly askedBy?: string | undefined
  readonly approvedAt?: Seconds | undefined
  readonly approvedBy?: string | undefined
  /**
   * Of a software statement: when it was made. Of a metadata document: when it was fetched, how long it may be believed,
   * since when it is not there any more.
   */
  readonly fetchedAt?: Seconds | undefined
  readonly freshUntil?: Seconds | undefined
  readonly goneAt?: Seconds | undefined
}

/** An initial access token of RFC 7591 §3, without the token: that is derived from the id. */
export interface StoredInvite {
  readonly id: string
  readonly note: string
  readonly uses: number
  readonly mostUses: number
  /** Hosts (or schemes) that answers may go to; empty for any. */
  readonly redirectHosts: readonly string[]
  /** The most that such a client may ever be granted; empty for any. */
  readonly scopes: readonly string[]
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  readonly revokedAt?: Seconds | undefined
}

export type GrantedDetail = { readonly type: string } & Readonly<Record<string, unknown>>

export interface StoredGrant {
  /** 32 hexadecimal digits, time-ordered (UUIDv7 without dashes). */
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  /** 0 until the code is redeemed, then the number of the refresh token in force. */
  readonly generation: number
  readonly openedAt: Seconds
  readonly codeExpiresAt: Seconds
  readonly rotatedAt?: Seconds
  /** The end of the grant unless it is used before. */
  readonly expiresAt: Seconds
  readonly revokedAt?: Seconds
  readonly revokedReason?: string
  /** The key that it is bound to, as a thumbprint (RFC 7638). */
  readonly senderKey?: string | undefined
  /** What was granted in detail (RFC 9396). The store does not look inside, and its callers bound it. */
  readonly authorizationDetails?: readonly GrantedDetail[] | undefined
  /** How the person had signed in who agreed to it. */
  readonly authentication?: Authentication | undefined
  /** Undefined where a person agreed to it. */
  readonly kind?: StandingKind | undefined
  /** The grant whose token was exchanged for it (RFC 8693); it ends with that one. */
  readonly parent?: string | undefined
  /** Where there is one, the end that no use moves. */
  readonly endsAt?: Seconds | undefined
  /** It held more, or for longer: its access tokens from before this moment are void. */
  readonly narrowedAt?: Seconds | undefined
  /** Network prefix from which it was agreed to. */
  readonly network?: string | undefined
  /** When a token was last asked for, roughly, and from which network prefix. */
  readonly usedAt?: Seconds | undefined
  readonly usedNetwork?: string | undefined
}

/** What stands in for a person's consent: the application itself, an assertion about a person or a workload, another grant. */
export type StandingKind = 'client' | 'assertion' | 'exchange'

export interface NewStanding
  extends Pick<StoredGrant, 'id' | 'userId' | 'clientId' | 'resource' | 'scope' | 'openedAt' | 'expiresAt'> {
  readonly kind: StandingKind
  readonly parent?: string | undefined
  /** What was known of the parent when it was judged by. */
  readonly parentNarrowedAt?: Seconds | undefined
  /** And of the groups of the person, where these had a say. */
  readonly groups?: readonly string[] | undefined
  /** Where the client is known by its document alone: it becomes a row with its first grant. */
  readonly client?: StoredClient | undefined
  /** Whether the client is one of `clients`, and so has to be there still, not blocked. */
  readonly isRegistered: boolean
}

export interface NewGrant
  extends Pick<StoredGrant, 'id' | 'userId' | 'clientId' | 'resource' | 'scope' | 'openedAt' | 'codeExpiresAt'> {
  /** Where the client is known by its document alone: it becomes a row with its first grant. */
  readonly client?: StoredClient | undefined
  readonly senderKey?: string | undefined
  readonly authorizationDetails?: readonly GrantedDetail[] | undefined
  readonly endsAt?: Seconds | undefined
  readonly network?: string | undefined
  readonly authentication?: Authentication | undefined
}

/** A grant of which access tokens are void: all, where it was ended, or those from before `at`, where it was narrowed. */
export interface VoidedGrant extends Pick<StoredGrant, 'id'> {
  readonly at: Seconds
  readonly isNarrowed: boolean
}

/** What besides a grant decides whether it is still good. */
export interface Surroundings {
  readonly userDisabled: boolean
  readonly clientBlocked: boolean
  /** Of the person who agreed, or on whose behalf it is; empty for everybody else. */
  readonly groups: readonly string[]
}

export type FoundGrant = StoredGrant & Surroundings

/** What of a grant a token is judged by, and no more: this is read once for every token. */
export type GrantEvidence = Omit<FoundGrant, 'openedAt' | 'revokedReason' | 'parent' | 'network' | 'usedNetwork'>

export interface StoredUser {
  readonly id: string
  readonly email: string
  /** PHC string. */
  readonly password: string
  readonly operator: boolean
  /** An operator's own by their plain name, those that an identity provider says as `provider/name`; sorted. */
  readonly groups: readonly string[]
  readonly createdAt: Seconds
  readonly disabledAt?: Seconds
}

/** When and how somebody showed who they are (OpenID Connect Core §2: `auth_time`, `amr`). */
export interface Authentication {
  /** 0 where it was elsewhere, and nobody knows when. */
  readonly at: Seconds
  /** `password`, `passkey`, or the id of an identity provider. */
  readonly method: string
  /** The names of RFC 8176; empty where nobody said. */
  readonly amr: readonly string[]
}

export interface StoredSession {
  readonly digest: string
  readonly userId: string
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  readonly authentication: Authentication
  /** Network prefix, and what the browser said it is, in a few words of ours. */
  readonly network: string
  readonly browser: string
  readonly usedAt: Seconds
}

/** A person as an identity provider knows them. */
export interface StoredIdentity {
  readonly provider: string
  /** Never given to somebody else by the provider (`sub`). */
  readonly subject: string
  readonly userId: string
  /** What the person knows it by: an address or a login name. */
  readonly label: string
  readonly createdAt: Seconds
  readonly usedAt: Seconds
}

export interface StoredPasskey {
  /** The credential id, base64url. */
  readonly id: string
  readonly userId: string
  /** COSE, base64url. */
  readonly publicKey: string
  /** WebAuthn §6.1.1; 0 where the authenticator counts nothing. */
  readonly counter: number
  readonly transports: readonly string[]
  /** It can be kept by a provider of passkeys, and not by one device alone. */
  readonly isSynced: boolean
  readonly name: string
  readonly createdAt: Seconds
  readonly usedAt?: Seconds | undefined
}

export interface StoredKey {
  readonly kid: string
  readonly alg: string
  /** Sealed under a key that is not in the store. */
  readonly sealedPrivateKey: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly createdAt: Seconds
}

/** Up to where somebody has read the events, and which numbers before it were not there then. */
export interface EventPlace {
  readonly last: number
  readonly missing: readonly MissingEvents[]
}

export interface MissingEvents {
  readonly from: number
  readonly to: number
  /** When they were found missing. */
  readonly since: Seconds
}

export interface StoredEvent extends AuditEvent {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
}
