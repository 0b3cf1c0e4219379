import { sha256 } from '@doorward/core/kernel/digest'
import { seal, unseal } from '@doorward/core/kernel/seal'
import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext, Visit } from '../context.ts'
import { takeToken } from '../limits.ts'
import { type Admitted, admit } from './admission.ts'
import { connectorOf } from './connectors/index.ts'
import type { Arriving } from './session.ts'
import type { Provider } from './settings.ts'

const JOURNEY_SECONDS = 600
/** What an identity provider's clock may be behind ours. */
const SKEW_SECONDS = 60
const STARTS = { burst: 60, perSecond: 1 }

/** What waits here while somebody is at their identity provider. */
interface Journey {
  readonly provider: string
  /** The digest of the name of the browser. */
  readonly browser: string
  readonly verifier: string
  readonly nonce: string
  /** What the person was on the way to, as the sign-in page had it. */
  readonly request: string
  /** The reference of the story that it is a part of. A release before kept none. */
  readonly correlation?: string
  readonly startedAt: number
  readonly isFresh: boolean
  /** Set where somebody who is signed in wants to link: this person and nobody else. */
  readonly linkTo?: string | undefined
}

export interface Leaving {
  readonly browser: string
  readonly request: string
  readonly hint?: string | undefined
  readonly isFresh?: boolean
  readonly maxAge?: number | undefined
  readonly linkTo?: string | undefined
}

export function providerOf({ signIn }: AuthorityContext, id: string): Provider | undefined {
  return signIn.providers.find((provider) => provider.id === id)
}

const callbackOf = (ctx: AuthorityContext, { id }: Provider) => `${ctx.issuer}/sign-in/${id}/callback`

/**
 * Where a person goes who chose this provider on a page of ours. The `state` is random, is good once, and only in this browser; the
 * verifier and the nonce stay here, sealed.
 * @throws OAuthError
 */
export async function leaveFor(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  { browser, request, hint, isFresh = false, maxAge, linkTo }: Leaving,
): Promise<URL> {
  const now = ctx.now()
  const seconds = takeToken(ctx.buckets, `federation ${visit.network}`, now, STARTS)
  if (seconds > 0) {
    throw new OAuthError('temporarily_unavailable', `Too many sign-ins; wait ${seconds} seconds`, 'sign_in_limit', {
      status: 429,
      detail: { retry_after: String(seconds) },
    })
  }
  const word = () => Buffer.from(ctx.random(32)).toString('base64url')
  const [state, nonce, verifier] = [word(), word(), word()]
  const url = await connectorOf(provider).depart(ctx, provider, {
    redirectUri: callbackOf(ctx, provider),
    state,
    nonce,
    challenge: sha256(verifier),
    hint,
    isFresh,
    maxAge,
  })
  const journey: Journey = {
    provider: provider.id,
    browser: sha256(browser),
    verifier,
    nonce,
    request,
    correlation: visit.correlation,
    startedAt: now,
    isFresh: isFresh || maxAge !== undefined,
    linkTo,
  }
  await ctx.store.journeys.begin(sha256(state), sealJourney(ctx, journey), now + JOURNEY_SECONDS)
  return url
}

/** What goes on when somebody comes back. */
export interface Underway {
  /** What the person was on the way to, as the sign-in page had it. */
  readonly request: string
  /** The visit, told under the reference of the story that began here. */
  readonly story: Visit
}

/**
 * What somebody who comes back was on the way to, so that they can go on to it whatever comes of this. The state is not used up.
 * @throws OAuthError
 */
export async function underway(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  parameters: URLSearchParams,
  browser: string | undefined,
): Promise<Underway> {
  const { request, correlation } = await journeyOf(ctx, 'look', provider, parameters, browser)
  return { request, story: correlation === undefined ? visit : { ...visit, correlation } }
}

/**
 * Somebody comes back. Whatever is wrong with the state is one answer: it was used, is too old, or was made in another browser.
 * @throws OAuthError
 */
export async function comeBack(
  ctx: AuthorityContext,
  visit: Visit,
  provider: Provider,
  parameters: URLSearchParams,
  browser: string | undefined,
  from: Arriving,
): Promise<Admitted> {
  const journey = await journeyOf(ctx, 'take', provider, parameters, browser)
  const arrival = await connectorOf(provider).arrive(ctx, visit, provider, {
    parameters,
    redirectUri: callbackOf(ctx, provider),
    state: parameters.get('state') ?? '',
    nonce: journey.nonce,
    verifier: journey.verifier,
  })
  return admit(ctx, visit, provider, arrival, {
    browser: browser as string,
    from,
    at: signedInAt(ctx, journey, arrival.authenticatedAt),
    linkTo: journey.linkTo,
    request: journey.request,
  })
}

async function journeyOf(
  ctx: AuthorityContext,
  verb: 'look' | 'take',
  provider: Provider,
  parameters: URLSearchParams,
  browser: string | undefined,
): Promise<Journey> {
  const sealed = await ctx.store.journeys[verb](sha256(parameters.get('state') ?? ''), ctx.now())
  const journey = sealed === undefined ? undefined : openJourney(ctx, sealed)
  // RFC 9700 §4.7.1: bound to the browser. RFC 9700 §4.4.2.2: and to the one provider that has this redirect URI.
  if (journey === undefined || browser === undefined || journey.browser !== sha256(browser)) throw strangeState()
  if (journey.provider !== provider.id) throw strangeState()
  return journey
}

/**
 * When somebody signed in at a provider. One that does not say may have known them for weeks: that it was now, or that it was lately,
 * counts only where it was asked for a new sign-in.
 */
function signedInAt(ctx: AuthorityContext, { startedAt, isFresh }: Journey, at: number | undefined): number {
  if (at === undefined) return isFresh ? startedAt : 0
  return at + SKEW_SECONDS >= startedAt ? ctx.now() : Math.min(at, ctx.now())
}

function strangeState(): OAuthError {
  return new OAuthError('invalid_request', 'This sign-in was not started in this browser, or is over', 'sign_in_state')
}

function sealJourney(ctx: AuthorityContext, journey: Journey): string {
  return seal(ctx.keys.signIn, Buffer.from(JSON.stringify(['journey', journey])), ctx.random(12))
}

function openJourney(ctx: AuthorityContext, sealed: string): Journey | undefined {
  const plain = unseal(ctx.keys.signIn, sealed)
  if (plain === undefined) return undefined
  const [kind, journey] = JSON.parse(plain.toString('utf8')) as [string, Journey]
  return kind === 'journey' ? journey : undefined
}
