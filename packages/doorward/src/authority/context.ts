import type { KeyObject } from 'node:crypto'
import type { Context } from '@doorward/core/kernel/context'
import type { FetchStranger } from '@doorward/core/kernel/outbound'
import type { Certificate } from '@doorward/core/mtls/certificate'
import type { DetailsTypes } from '@doorward/core/oauth/authorization-details'
import type { MetadataRules } from '@doorward/core/oauth/client-metadata'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { ScopeHierarchy } from '@doorward/core/oauth/scope'
import type { JWTVerifyOptions } from 'jose'
import type { Store, StoredClient } from '../store/store.ts'
import type { Interaction } from './authorize/interaction.ts'
import type { ProviderMemory } from './identity/connectors/connector.ts'
import type { GroupRules } from './identity/group-rules.ts'
import type { SignInSettings } from './identity/settings.ts'
import type { Keyring } from './keys/keyring.ts'
import type { Buckets } from './limits.ts'
import { authenticationMethods, type MtlsSettings } from './mtls.ts'
import type { News } from './news.ts'
import type { DocumentMemory } from './registration/documents.ts'
import type { OpeningMemory } from './registration/endpoint.ts'
import type { LogoMemory } from './registration/logos.ts'
import type { Policy } from './registration/policies/policy.ts'
import type { RuleMemory } from './registration/policy-now.ts'
import type { StatementIssuer } from './registration/stated.ts'
import type { AssertionIssuer } from './token/assertion-issuer.ts'
import type { KeySetMemory } from './token/key-sets.ts'
import type { CheckedTokens } from './token/own-access-token.ts'
import type { PollMemory } from './token/polling.ts'

export type { Authentication, StoredUser } from '../store/store.ts'

export interface ScopeSettings {
  /** What it means, in words for the consent page. */
  readonly description: string
  /** What it lets an application do. Where it is said, the person ticks what they allow. */
  readonly access?: 'read' | 'write'
  /** Scopes that it contains. */
  readonly includes?: readonly string[]
  /** The tools that it opens, in words or names. */
  readonly tools?: readonly string[]
}

/** A protected resource: an MCP server that tokens can be issued for. */
export interface ResourceSettings {
  /** The canonical URI, byte for byte as in its metadata (RFC 9728). */
  readonly uri: string
  readonly name: string
  readonly scopes: Readonly<Record<string, ScopeSettings>>
  /** Granted where a client asks for no scope that is known here. */
  readonly defaultScopes: readonly string[]
  /** What may be asked for in detail (RFC 9396). */
  readonly authorizationDetailsTypes?: DetailsTypes | undefined
  /** Whether its tokens have to be bound to a key, whatever the policy says of others. */
  readonly senderConstraint?: 'required' | 'certificate'
  /** The clients that this MCP server is when it asks something itself: about its tokens, or for others in exchange. */
  readonly servers?: readonly string[]
  /** What its tokens may be exchanged for (RFC 8693). */
  readonly exchanges?: readonly Exchange[]
  /** It verifies tokens itself, and does not stand behind the gateway: nothing is heard here of its calls. */
  readonly verifiesItself?: boolean
}

/** Whoever may do the one at this server may do the other at that one, through this server. */
export interface Exchange {
  /** Another resource of this authorization server. */
  readonly to: string
  /** A scope here, and what it is worth there. */
  readonly scopes: Readonly<Record<string, readonly string[]>>
}

export interface Lifetimes {
  /** Seconds, all of them. */
  readonly code: number
  /** Of a code that a person carries to another machine (RFC 6749 §4.1.2: ten minutes at most). */
  readonly carriedCode: number
  readonly accessToken: number
  /** Bound to a key, which a thief has not got. */
  readonly boundAccessToken: number
  /** A grant that nobody refreshes for so long ends. */
  readonly grantIdle: number
  readonly session: number
  readonly pending: number
  /** How long a tab may wait for an operator. */
  readonly approval: number
  readonly clientSecret: number
  /** Within this window the previous refresh token still answers with the same successor. */
  readonly refreshRepeat: number
}

/** Who may register, and how many new applications there may be. */
export interface RegistrationSettings {
  readonly isOpen: boolean
  readonly newPerHour: number
  readonly newPerHourAndNetwork: number
  readonly statementIssuers: readonly StatementIssuer[]
}

export const REGISTRATION: RegistrationSettings = {
  isOpen: true,
  newPerHour: 5000,
  newPerHourAndNetwork: 60,
  statementIssuers: [],
}

/** Keys derived from the server secret, one per purpose; none of them is stored. */
export interface DerivedKeys {
  readonly code: KeyObject
  readonly refreshToken: KeyObject
  readonly clientSecret: KeyObject
  readonly pending: KeyObject
  readonly invite: KeyObject
  readonly management: KeyObject
  readonly dpopNonce: KeyObject
  readonly pushed: KeyObject
  readonly deviceCode: KeyObject
  readonly userCode: KeyObject
  readonly signIn: KeyObject
}

/** What a person sees where a request cannot go on. */
export interface Problem {
  readonly status: number
  /** What was going on: an application wanted to connect, or a person used a page. */
  readonly situation: 'connection' | 'page' | 'signIn' | 'nothingHere'
  readonly cause: string
  readonly mend: string
  readonly code: string
  readonly reason: Reason
  /** Where the reason is explained. */
  readonly help: string
  readonly correlation: string
  /** Seconds after which to come again, where that may help (RFC 9110 §10.2.3). */
  readonly retryAfter?: string | undefined
  /** Where to go from here, if the person wants to. */
  readonly next?: { readonly href: string; readonly place?: string } | undefined
}

export interface AuthorityContext extends Context {
  readonly issuer: string
  readonly store: Store
  readonly keyring: Keyring
  readonly keys: DerivedKeys
  readonly resources: readonly ResourceSettings[]
  /** Our own administration, for operators; listed nowhere. */
  readonly admin: ResourceSettings
  /** Which groups may have what; empty where everybody may have all that they are asked for. */
  readonly groupRules: GroupRules
  readonly lifetimes: Lifetimes
  readonly redirectSchemes: readonly string[]
  readonly policy: Policy
  readonly registration: RegistrationSettings
  readonly assertionIssuers: readonly AssertionIssuer[]
  /** Whether each DPoP proof has to carry a nonce of ours. */
  readonly requireDpopNonce: boolean
  /** Whether servers that verify tokens by themselves can learn which grants were revoked. */
  readonly publishRevokedGrants: boolean
  /** Where client certificates are taken (RFC 8705). */
  readonly mtls: MtlsSettings | undefined
  /** The client certificate of the connection that a request came by, if there is one. */
  readonly certificateOf: (request: Request) => Certificate | undefined
  /** The guarded door. Nothing that a stranger points at is fetched in any other way. */
  readonly fetchStranger: FetchStranger
  /** Whether a metadata document may lie at this computer. Only where the issuer does too. */
  readonly development: boolean
  readonly dateOf: (seconds: number) => NonNullable<JWTVerifyOptions['currentDate']>
  readonly buckets: Buckets
  /** What is left of the rates of all together. */
  readonly totals: Buckets
  readonly documents: DocumentMemory
  readonly logos: LogoMemory
  readonly keySets: KeySetMemory
  readonly ruleMemory: RuleMemory
  /** What is heard of the changes of other processes; what is remembered of the store goes by it. */
  readonly news: News
  /** A registered client, as it is remembered while changes are heard of. */
  readonly knownClient: (id: string) => Promise<StoredClient | undefined>
  readonly openings: OpeningMemory
  readonly polls: PollMemory
  readonly checkedTokens: CheckedTokens
  /** What was told of late that is no decision: bounded, so that strangers fill nothing. */
  readonly sightings: Buckets
  readonly signIn: SignInSettings
  /** The same door, for what an operator named: identity providers, which strangers' wishes do not crowd out. */
  readonly fetchProvider: FetchStranger
  readonly providers: ProviderMemory
  readonly problemPage: (problem: Problem, request: Request) => Response | Promise<Response>
  /** Asks the person. What is refused there is told to them. */
  readonly consentPage: (request: Request, visit: Visit, asked: Interaction) => Promise<Response>
}

/** One request as seen from here. */
export interface Visit {
  /** Shown to the person, sent to the client, kept in every event of this request. */
  readonly correlation: string
  /** Network prefix of the caller. */
  readonly network: string
}

export const LIFETIMES: Lifetimes = {
  code: 60,
  carriedCode: 300,
  // Shorter, and real clients refresh before every call: they do so five minutes before the end (decision 0009).
  accessToken: 600,
  boundAccessToken: 1800,
  grantIdle: 30 * 86_400,
  session: 14 * 86_400,
  pending: 600,
  approval: 86_400,
  clientSecret: 365 * 86_400,
  refreshRepeat: 30,
}

/** Asking for it changes nothing but the words: every grant can be refreshed until it ends (P17, Q33). */
export const OFFLINE_ACCESS = 'offline_access'

/** What a client may say of itself here. */
export function metadataRules(
  ctx: Pick<AuthorityContext, 'resources' | 'redirectSchemes' | 'policy' | 'mtls'>,
): MetadataRules {
  return {
    scopes: allScopes(ctx.resources),
    defaultScopes: [...new Set(ctx.resources.flatMap((resource) => resource.defaultScopes))],
    redirectSchemes: ctx.redirectSchemes,
    authentication: authenticationMethods(ctx),
    deviceAuthorization: ctx.policy.deviceAuthorization === 'allow',
  }
}

/** Which scopes contain which, at any of these resources. */
export function hierarchyOf(resources: readonly ResourceSettings[]): ScopeHierarchy {
  return Object.fromEntries(
    resources.flatMap(({ scopes }) => Object.entries(scopes).map(([name, { includes = [] }]) => [name, includes])),
  )
}

export function allScopes(resources: readonly ResourceSettings[]): string[] {
  return [...new Set(resources.flatMap((resource) => Object.keys(resource.scopes))), OFFLINE_ACCESS]
}
