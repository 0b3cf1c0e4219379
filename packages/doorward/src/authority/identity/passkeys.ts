import { sha256 } from '@doorward/core/kernel/digest'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { StoredUser } from '../../store/store.ts'
import { openFromBrowser, sealToBrowser } from '../authorize/pending.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { parseJson } from '../http.ts'
import { cleanLabel } from './claims.ts'
import { type Arriving, openSession } from './session.ts'

const QUESTION_SECONDS = 600
const MOST_PASSKEYS = 20
const LONGEST_NAME = 60
const MOST_ID_BYTES = 1023
const MOST_TRANSPORTS = 8
/** COSE: ES256, EdDSA, RS256. Windows Hello has only the last one. */
const ALGORITHMS = [-7, -8, -257]
/** None is asked for. Of other kinds the library knows roots, and goes wherever a certificate below one says that its list of revoked ones is. */
const ATTESTATIONS: readonly string[] = ['none', 'packed', 'fido-u2f', 'tpm']

/** People come later than programs: read when the first of them uses a passkey. */
const library = () => import('@simplewebauthn/server')

/** What the page asks the browser, and what has to come back with its answer. */
export interface PasskeyQuestion {
  readonly options: string
  readonly sealed: string
}

const rpId = (ctx: AuthorityContext) => new URL(ctx.issuer).hostname

/** WebAuthn §7.2: any passkey of this host that checks who is there. No list of credentials tells who has an account. */
export function askForPasskey(ctx: AuthorityContext, browser: string): PasskeyQuestion {
  const { challenge, sealed } = question(ctx, browser, 'sign-in')
  const options = { challenge, rpId: rpId(ctx), userVerification: 'required', timeout: QUESTION_SECONDS * 1000 }
  return { options: JSON.stringify(options), sealed }
}

/** WebAuthn §7.1, of a new one that can be found without a name. */
export async function askForNewPasskey(
  ctx: AuthorityContext,
  browser: string,
  user: StoredUser,
): Promise<PasskeyQuestion> {
  const { challenge, sealed } = question(ctx, browser, user.id)
  const known = await ctx.store.passkeys.ofUser(user.id)
  const options = {
    challenge,
    rp: { id: rpId(ctx), name: rpId(ctx) },
    user: { id: Buffer.from(user.id).toString('base64url'), name: user.email, displayName: user.email },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    excludeCredentials: known.map(({ id, transports }) => ({ type: 'public-key', id, transports })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    timeout: QUESTION_SECONDS * 1000,
  }
  return { options: JSON.stringify(options), sealed }
}

/** @throws OAuthError */
export async function signInWithPasskey(
  ctx: AuthorityContext,
  visit: Visit,
  answer: { readonly browser: string | undefined; readonly sealed: string; readonly response: string },
  from: Arriving,
): Promise<{ session: string; user: StoredUser }> {
  const challenge = await takeQuestion(ctx, answer.browser, answer.sealed, 'sign-in')
  const response = parseJson(answer.response) as AuthenticationResponseJSON
  const found = await ctx.store.passkeys.find(typeof response?.id === 'string' ? response.id.slice(0, 1400) : '')
  if (found === undefined) return refuse('This passkey is not known here', 'passkey_refused')
  const { passkey, user } = found
  const { verifyAuthenticationResponse } = await library()
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: new URL(ctx.issuer).origin,
    expectedRPID: rpId(ctx),
    requireUserVerification: true,
    credential: {
      id: passkey.id,
      publicKey: Buffer.from(passkey.publicKey, 'base64url'),
      // Judged below, in the step that keeps the new one.
      counter: 0,
    },
  }).catch((error: unknown) => refusedBecause(error))
  // WebAuthn §7.2, step 6: nobody was named before, so that the authenticator says whose it is, and is right.
  const handle: unknown = response.response.userHandle
  const isTheirs = typeof handle === 'string' && Buffer.from(handle, 'base64url').toString('utf8') === user.id
  if (!verified.verified || !isTheirs) return refuse('This passkey does not fit', 'passkey_refused')
  requireOwnPage(response)
  const { newCounter, credentialDeviceType } = verified.authenticationInfo
  const isSynced = credentialDeviceType === 'multiDevice'
  // WebAuthn §6.1.3: whether a key can leave its hardware is said once and for all.
  if (passkey.isSynced && !isSynced) return refuse('This passkey does not fit', 'passkey_refused')
  const used = await ctx.store.passkeys.use(passkey.id, newCounter, ctx.now())
  if (used === 'cloned') return refuse('This passkey may have been copied', 'passkey_copied')
  if (used === 'unknown') return refuse('This passkey is not known here', 'passkey_refused')
  // RFC 8176 §2: a key that stays in its hardware, or one that can be copied elsewhere, and the person was checked.
  const amr = [isSynced ? 'swk' : 'hwk', 'user']
  const session = await openSession(
    ctx,
    visit,
    user,
    { at: ctx.now(), method: 'passkey', amr },
    { ...from, reason: 'passkey' },
  )
  if (session === undefined) return refuse('This account is disabled', 'account_disabled')
  return { session, user }
}

/** @throws OAuthError */
export async function addPasskey(
  ctx: AuthorityContext,
  visit: Visit,
  user: StoredUser,
  answer: {
    readonly browser: string | undefined
    readonly sealed: string
    readonly response: string
    readonly name: string
  },
): Promise<void> {
  const challenge = await takeQuestion(ctx, answer.browser, answer.sealed, user.id)
  const response = parseJson(answer.response) as RegistrationResponseJSON
  const { verifyRegistrationResponse } = await library()
  await requireNothingToFetch(response).catch((error: unknown) => refusedBecause(error))
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: new URL(ctx.issuer).origin,
    expectedRPID: rpId(ctx),
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((error: unknown) => refusedBecause(error))
  if (!verified.verified) return refuse('This passkey does not fit', 'passkey_refused')
  requireOwnPage(response)
  const { credential, credentialDeviceType } = verified.registrationInfo
  // WebAuthn §7.1: one with a longer id would be kept, and never be found again.
  if (Buffer.from(credential.id, 'base64url').length > MOST_ID_BYTES)
    return refuse('The id of this passkey is too long', 'passkey_refused')
  const passkey = {
    id: credential.id,
    userId: user.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: transportsOf(credential.transports),
    isSynced: credentialDeviceType === 'multiDevice',
    name: passkeyName(answer.name),
    createdAt: ctx.now(),
  }
  const verdict = await ctx.store.passkeys.add(passkey, MOST_PASSKEYS, (outcome) =>
    outcome === 'added'
      ? { type: 'passkey.added', outcome: 'allowed', reason: 'person_asked', ...visit, actor: user.id }
      : undefined,
  )
  switch (verdict) {
    case 'added':
      return
    case 'taken':
      return refuse('This passkey is known already', 'passkey_refused')
    case 'too_many':
      return refuse(`More than ${MOST_PASSKEYS} passkeys are not kept`, 'passkey_limit')
    default:
      return verdict satisfies never
  }
}

async function requireNothingToFetch({ response }: RegistrationResponseJSON): Promise<void> {
  const { decodeAttestationObject, isoBase64URL } = await import('@simplewebauthn/server/helpers')
  const fmt: string = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject)).get('fmt')
  if (!ATTESTATIONS.includes(fmt)) throw new Error('An attestation came that nobody asked for')
}

/** A browser's word, which nobody signed: the library hands it on as it came. */
function transportsOf(said: unknown): readonly string[] {
  return (Array.isArray(said) ? said : [])
    .filter((name): name is string => typeof name === 'string' && /^[a-z-]{1,20}$/.test(name))
    .slice(0, MOST_TRANSPORTS)
}

/** WebAuthn §7.1 and §7.2, `crossOrigin` and `topOrigin`: no page of ours stands within a page of somebody else. */
function requireOwnPage({ response }: RegistrationResponseJSON | AuthenticationResponseJSON): void {
  const said = parseJson(Buffer.from(response.clientDataJSON, 'base64url').toString('utf8')) as Record<string, unknown>
  const { crossOrigin = false, topOrigin } = said
  if (crossOrigin === false && topOrigin === undefined) return
  refuse('This passkey was asked for within a page of somebody else', 'passkey_refused')
}

/** Short and visible; the page has a word where it is empty. */
export function passkeyName(text: string): string {
  return cleanLabel(text).slice(0, LONGEST_NAME)
}

function question(ctx: AuthorityContext, browser: string, purpose: string) {
  const challenge = Buffer.from(ctx.random(32)).toString('base64url')
  const until = ctx.now() + QUESTION_SECONDS
  const sealed = sealToBrowser(ctx.keys.signIn, browser, until, ['passkey', purpose, challenge], ctx.random(12))
  return { challenge, sealed }
}

/** The challenge, once: an answer that somebody saw is worth nothing. */
async function takeQuestion(
  ctx: AuthorityContext,
  browser: string | undefined,
  sealed: string,
  purpose: string,
): Promise<string> {
  const opened = openFromBrowser<[string, string, string]>(ctx.keys.signIn, browser, sealed, ctx.now())
  if (opened.verdict === 'good') {
    const [kind, asked, challenge] = opened.value
    const isAsked = kind === 'passkey' && asked === purpose
    const once = `passkey ${sha256(challenge)}`
    if (isAsked && (await ctx.store.claims.claim(once, ctx.now() + QUESTION_SECONDS)) === 'first') return challenge
  }
  return refuse('This question to a passkey is over, or was asked in another browser', 'passkey_challenge')
}

function refusedBecause(error: unknown): never {
  throw new OAuthError('access_denied', 'This passkey does not fit', 'passkey_refused', {
    status: 403,
    detail: { fault: error instanceof Error ? error.message.slice(0, 200) : 'unknown' },
  })
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('access_denied', description, reason, { status: 403 })
}
