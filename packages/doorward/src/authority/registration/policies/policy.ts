import type { AuthenticationMethod } from '@doorward/core/oauth/client-metadata'
import type { Assurance } from '../../../store/store.ts'

export type Verdict = 'allow' | 'ask' | 'refuse'

/**
 * Whom a line of an operator's list means, by one thing that cannot be changed cheaply. `*.example.com` stands for every
 * name below that domain, and for nothing else; no other wildcard exists.
 */
export type Rule =
  | { readonly clientId: string }
  | { readonly domain: string }
  | { readonly redirectHost: string }
  | { readonly statementIssuer: string }
  | { readonly softwareId: string }

/** What an operator decided before anybody came. */
export interface Policy {
  readonly preset: string
  readonly byAssurance: Readonly<Record<Assurance, Verdict>>
  /** Where a client that nobody vouches for may take its answers without anybody being asked. */
  readonly claimedRedirects: 'any' | 'loopback-and-known'
  /** Whether every token has to be bound to a key of its client. */
  readonly senderConstraint: 'optional' | 'required'
  /** Clients that are known in these ways need a key also where it is optional. */
  readonly senderConstraintFor: readonly Assurance[]
  /** How clients have to say who they are. */
  readonly clientAuthentication: 'any' | readonly AuthenticationMethod[]
  /** Whether authorization requests have to be pushed first (RFC 9126). */
  readonly pushedRequests: 'optional' | 'required'
  /** Whether a person may answer by typing a code from a device (RFC 8628). It can be phished and has no PKCE. */
  readonly deviceAuthorization: 'allow' | 'refuse'
  /** Whether a person may carry the answer to an application on another machine, instead of a redirect. It can be phished. */
  readonly answersByHand: 'allow' | 'refuse'
  /** Whose refresh tokens rotate: everybody's, or those of public clients alone (FAPI 2.0 §5.3.2.1). */
  readonly refreshRotation: 'everybody' | 'public'
  /** Whom assertions of clients may name: the issuer of this server, alone and as a string, or its token endpoint as well (decision 0010). */
  readonly assertionAudience: 'issuer' | 'issuer-or-token-endpoint'
  /** `strict`: PS256, ES256 and EdDSA are all that counts (FAPI 2.0 §5.4.1), and a proof is a minute ahead at most (§5.3.2.1). */
  readonly signatures: 'deployed' | 'strict'
  /** Seconds in which a repeated refresh token answers with the same successor; 0 for none. */
  readonly refreshRepeatSeconds: number
  readonly allow: readonly Rule[]
  readonly deny: readonly Rule[]
  /** Scopes that such a client never gets. */
  readonly neverScopes: Readonly<Partial<Record<Assurance, readonly string[]>>>
}

export type Preset = Omit<Policy, 'allow' | 'deny' | 'neverScopes' | 'senderConstraintFor'>
