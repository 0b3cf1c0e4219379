import type { KeyObject } from 'node:crypto'
import { sha256 } from '@doorward/core/kernel/digest'
import { seal, unseal } from '@doorward/core/kernel/seal'
import type { AuthorizationDetail } from '@doorward/core/oauth/authorization-details'
import { OAuthError } from '@doorward/core/oauth/error'
import { LONGEST_VALUE } from '@doorward/core/oauth/form'
import type { AuthorityContext } from '../context.ts'

/** What waits while a person decides. It is sealed into the page; a flood of requests costs no storage. */
export type Pending = PendingRedirect | PendingDevice

/** The answer goes through the browser. */
export interface PendingRedirect extends Asked {
  readonly redirectUri: string
  readonly state: string | undefined
  readonly challenge: string
  readonly device?: undefined
}

/** The answer goes to a device that waits for it elsewhere (RFC 8628). */
export interface PendingDevice extends Asked {
  readonly device: {
    /** Where its request is stored. */
    readonly key: string
    /** What it shows, as the person typed it. */
    readonly userCode: string
    /** Network prefix from which it asked. */
    readonly network: string
  }
}

interface Asked {
  readonly clientId: string
  readonly senderKey?: string | undefined
  readonly resource: string
  readonly scope: string
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined
  /** Chosen at the start, so that a form sent twice opens one grant (quirk Q27). */
  readonly grantId: string
  /** RFC 9207: captured at the start of the flow, never recomputed (quirk Q30). */
  readonly issuer: string
  readonly correlation: string
  readonly startedAt: number
  /** Until then the person may answer; later, once an operator was asked. */
  readonly until: number
  readonly freshSignIn: boolean
  /** The person is to say which account, also where one is signed in; gone once they did. */
  readonly selectAccount?: boolean | undefined
  readonly maxAge?: number | undefined
  readonly acr?: string | undefined
  /** Set once the page has been shown to somebody: the answer has to come from the same account. */
  readonly userId?: string
  /** The scopes that the page asked for, where the person's groups leave less than `scope`, or other ones. */
  readonly shown?: readonly string[]
  /** The scopes of earlier grants that the page said would stay. */
  readonly kept?: readonly string[]
  /** The digest of the application that the page said a yes would admit for everybody. */
  readonly admits?: string | undefined
}

export type Opened<T> =
  | { readonly verdict: 'good'; readonly value: T }
  | { readonly verdict: 'expired'; readonly was: T }
  | { readonly verdict: 'foreign' }

const ROOM_FOR_ANSWERS = 1024
/** Nonce, tag, and what a request is sealed with: the digest of the browser and when it ends. */
const SEAL_BYTES = 12 + 16 + '["",,]'.length + 43 + 10

/**
 * What waits comes back as a parameter, with an account and more scopes in it. Where it could not, that is said at the start and
 * not once a person has agreed.
 * @throws OAuthError `invalid_request`
 */
export function requireShort(sealed: string): string {
  requireRoom(sealed.length)
  return sealed
}

/** The same for a request that is sealed once its page is drawn. */
export function requireShortOnce(pending: Pending): void {
  requireRoom(((Buffer.byteLength(JSON.stringify(pending)) + SEAL_BYTES) * 4) / 3)
}

/**
 * What a page sends back with its answer. What it said can be long, where there are many scopes and not all of them for this person.
 * @throws OAuthError `invalid_request`
 */
export function requireSendable(sealed: string): string {
  if (sealed.length > LONGEST_VALUE) throw tooLong()
  return sealed
}

function requireRoom(length: number): void {
  if (length > LONGEST_VALUE - ROOM_FOR_ANSWERS) throw tooLong()
}

function tooLong(): OAuthError {
  return new OAuthError('invalid_request', 'The request is too long to wait for a person', 'request_too_long')
}

/** Seals any value to one browser for so many seconds. What opens it: the key, the same browser cookie, in time. */
export function sealToBrowser(
  key: KeyObject,
  browser: string,
  expiresAt: number,
  value: unknown,
  nonce: Uint8Array,
): string {
  return seal(key, Buffer.from(JSON.stringify([sha256(browser), expiresAt, value])), nonce)
}

/** As it was asked: what a page said is for the answer to that page, and for its account. */
export function asAsked({
  userId: _person,
  shown: _shown,
  kept: _kept,
  admits: _admits,
  ...request
}: Pending): Pending {
  return request
}

/** The same request for whoever has just said who they are: which account is not asked any more. */
export function sealForChosen(
  ctx: Pick<AuthorityContext, 'keys' | 'random'>,
  browser: string,
  pending: Pending,
): string {
  const { selectAccount: _asked, ...request } = asAsked(pending)
  return sealToBrowser(ctx.keys.pending, browser, request.until, request, ctx.random(12))
}

export function openFromBrowser<T>(
  key: KeyObject,
  browser: string | undefined,
  sealed: string,
  now: number,
): Opened<T> {
  const plain = unseal(key, sealed)
  if (plain === undefined || browser === undefined) return { verdict: 'foreign' }
  const [owner, expiresAt, value] = JSON.parse(plain.toString('utf8')) as [string, number, T]
  if (owner !== sha256(browser)) return { verdict: 'foreign' }
  return expiresAt <= now ? { verdict: 'expired', was: value } : { verdict: 'good', value }
}
