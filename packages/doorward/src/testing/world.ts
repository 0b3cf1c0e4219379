import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { sha256 } from '@doorward/core/kernel/digest'
import { deriveKey } from '@doorward/core/kernel/seal'
import type { Certificate } from '@doorward/core/mtls/certificate'
import { readClientMetadata } from '@doorward/core/oauth/client-metadata'
import { adminResource } from '../authority/admin/permissions.ts'
import { type Authority, authority } from '../authority/authority.ts'
import { forPerson } from '../authority/authorize/for-person.ts'
import { approve, sealForUser } from '../authority/authorize/interaction.ts'
import { openInteraction } from '../authority/authorize/open-interaction.ts'
import { type Pending, sealToBrowser } from '../authority/authorize/pending.ts'
import { stepUpOf } from '../authority/authorize/step-up.ts'
import {
  type AuthorityContext,
  LIFETIMES,
  type Lifetimes,
  metadataRules,
  REGISTRATION,
  type RegistrationSettings,
  type ResourceSettings,
} from '../authority/context.ts'
import { BROWSER, cookieName, readCookie } from '../authority/cookies.ts'
import type { GroupRules } from '../authority/identity/group-rules.ts'
import { SIGN_IN, type SignInSettings } from '../authority/identity/settings.ts'
import { openKeyring } from '../authority/keys/keyring.ts'
import type { KeySettings } from '../authority/keys/schedule.ts'
import { emptyMemories } from '../authority/memories.ts'
import type { MtlsSettings } from '../authority/mtls.ts'
import { newsOf } from '../authority/news.ts'
import { knownClient } from '../authority/registration/known-client.ts'
import { guarded } from '../authority/registration/policies/guarded.ts'
import type { Policy } from '../authority/registration/policies/policy.ts'
import type { AssertionIssuer } from '../authority/token/assertion-issuer.ts'
import { deriveClientSecret } from '../authority/token/client-secret.ts'
import { guardedFetch } from '../outbound/guarded-fetch.ts'
import { openStore } from '../store/index.ts'
import type { Authentication, StoredUser } from '../store/store.ts'

export const ISSUER = 'https://door.example'
export const MCP = `${ISSUER}/mcp`
export const CALLBACK = 'https://client.example/callback'
export const VERIFIER = 'v'.repeat(64)
export const CHALLENGE = sha256(VERIFIER)
export const VISIT = { correlation: 'TESTTEST00', network: '203.0.113.0/24' }

const DAY = 86_400
const KEYS: KeySettings = { algorithm: 'ES256', rotateSeconds: 90 * DAY, lingerSeconds: 2400 }

export interface World {
  readonly ctx: AuthorityContext
  readonly events: AuditEvent[]
  readonly user: StoredUser
  /** Moves the clock, in seconds. */
  readonly wait: (seconds: number) => void
  /** What the server does each ten minutes, unasked: what is over goes. */
  readonly sweep: () => Promise<number>
  readonly send: (
    method: string,
    path: string,
    init?: { headers?: Record<string, string>; body?: string; certificate?: Certificate | undefined },
  ) => Promise<Response>
  /** Posts a form; `client_id` and the rest as given. */
  readonly post: (
    path: string,
    form: Record<string, string> | [string, string][],
    headers?: Record<string, string>,
    certificate?: Certificate,
  ) => Promise<Response>
  readonly register: (
    metadata?: Record<string, unknown>,
  ) => Promise<{ client_id: string; client_secret: string } & Record<string, unknown>>
  /** Registers nothing; asks at the authorization endpoint with good parameters, some of them changed (undefined: left out). */
  readonly ask: (
    clientId: string,
    changes?: Record<string, string | undefined>,
    headers?: Record<string, string>,
  ) => Promise<Response>
  /** The address at which such a request waits in the browser of this name: a form is answered with it, where a link gets the page. */
  readonly waiting: (clientId: string, browser: string, changes?: Record<string, string | undefined>) => Promise<string>
  /** From the request to the code: the person agrees. */
  readonly agree: (
    clientId: string,
    changes?: Record<string, string | undefined>,
    authentication?: Authentication,
  ) => Promise<string>
  /** Registers `dwo_robot`, or another id, as an operator does; with a secret where nothing else is said. */
  readonly operatorsClient: (
    metadata?: Record<string, unknown>,
    id?: string,
  ) => Promise<{ client_id: string; client_secret: string }>
  readonly close: () => Promise<void>
}

function toWhereItWaits(ctx: AuthorityContext, request: Request, pending: Pending): Response {
  const browser = readCookie(ctx, request, BROWSER) ?? assert.fail('a page is for a browser with our cookie')
  const sealed = sealToBrowser(ctx.keys.pending, browser, pending.until, pending, ctx.random(12))
  return new Response(null, { status: 303, headers: { location: `${ctx.issuer}/consent?request=${sealed}` } })
}

/** One authorization server with one MCP server, one person, and a clock of its own. */
export async function makeWorld(
  changes: {
    lifetimes?: Partial<Lifetimes>
    issuer?: string
    second?: boolean
    policy?: Partial<Policy>
    registration?: Partial<RegistrationSettings>
    /** The guarded door, open to servers on this computer. */
    development?: boolean
    requireDpopNonce?: boolean
    assertionIssuers?: readonly AssertionIssuer[]
    /** What the first resource is besides. */
    resource?: Partial<ResourceSettings>
    publishRevokedGrants?: boolean
    signIn?: Partial<SignInSettings>
    keys?: Partial<KeySettings>
    mtls?: MtlsSettings
    groupRules?: GroupRules
    /** The consent page; where left out, the way to the address at which the request waits. */
    askPerson?: (ctx: AuthorityContext, ...asked: Parameters<AuthorityContext['consentPage']>) => Promise<Response>
    /** Seconds since 1970. */
    startsAt?: number
  } = {},
): Promise<World> {
  let seconds = changes.startsAt ?? 1_800_000_000
  const events: AuditEvent[] = []
  const issuer = changes.issuer ?? ISSUER
  const store = openStore(':memory:', () => seconds * 1000)
  const secret = randomBytes(32)
  const now = () => seconds
  const scopes = {
    'notes:read': { description: 'Read your notes' },
    'notes:write': { description: 'Write notes', includes: ['notes:read'] },
  }
  const origin = new URL(issuer).origin
  const notes: ResourceSettings = { uri: `${origin}/mcp`, name: 'Notes', scopes, defaultScopes: ['notes:read'] }
  const resources = [{ ...notes, ...changes.resource }]
  if (changes.second) resources.push({ ...notes, uri: `${origin}/other`, name: 'Other' })
  const certificates = new WeakMap<Request, Certificate>()
  const news = newsOf(store.changes, () => 0)
  const ctx: AuthorityContext = {
    issuer,
    store,
    keyring: await openKeyring(
      store,
      deriveKey(secret, 'signing keys'),
      { now, random: randomBytes },
      { ...KEYS, ...changes.keys },
    ),
    keys: {
      code: deriveKey(secret, 'codes'),
      refreshToken: deriveKey(secret, 'refresh'),
      clientSecret: deriveKey(secret, 'secrets'),
      pending: deriveKey(secret, 'pending'),
      invite: deriveKey(secret, 'invite'),
      management: deriveKey(secret, 'management'),
      dpopNonce: deriveKey(secret, 'nonces'),
      pushed: deriveKey(secret, 'pushed'),
      deviceCode: deriveKey(secret, 'device codes'),
      userCode: deriveKey(secret, 'user codes'),
      signIn: deriveKey(secret, 'sign-in'),
    },
    resources,
    admin: adminResource(issuer),
    groupRules: changes.groupRules ?? new Map(),
    lifetimes: { ...LIFETIMES, ...changes.lifetimes },
    redirectSchemes: [],
    requireDpopNonce: changes.requireDpopNonce === true,
    publishRevokedGrants: changes.publishRevokedGrants !== false,
    registration: { ...REGISTRATION, ...changes.registration },
    policy: { ...guarded, allow: [], deny: [], neverScopes: {}, senderConstraintFor: [], ...changes.policy },
    fetchStranger: guardedFetch({ allowLoopback: changes.development === true, userAgent: 'doorward/test' }),
    assertionIssuers: changes.assertionIssuers ?? [],
    development: changes.development === true,
    mtls: changes.mtls,
    certificateOf: (request) => certificates.get(request),
    dateOf: (at) => new Date(at * 1000),
    ...emptyMemories(),
    news,
    knownClient: knownClient({ store, news, now }),
    signIn: { ...SIGN_IN, ...changes.signIn },
    fetchProvider: guardedFetch({ allowLoopback: changes.development === true, userAgent: 'doorward/test' }),
    providers: new Map(),
    now,
    random: randomBytes,
    audit: (event) => void events.push(event),
    problemPage: (problem) =>
      new Response(JSON.stringify(problem), { status: problem.status, headers: { 'content-type': 'text/html' } }),
    consentPage: async (request, visit, asked) =>
      changes.askPerson?.(ctx, request, visit, asked) ?? toWhereItWaits(ctx, request, asked.pending),
  }
  const user: StoredUser = {
    id: 'dwu_ada',
    email: 'ada@example.com',
    password: 'x',
    operator: true,
    groups: [],
    createdAt: seconds,
  }
  await store.users.add(user)
  const route: Authority = authority(ctx)

  const send: World['send'] = async (method, path, init = {}) => {
    const request = new Request(new URL(path, issuer), {
      method,
      headers: init.headers ?? {},
      ...(init.body === undefined ? {} : { body: init.body }),
    })
    if (init.certificate !== undefined) certificates.set(request, init.certificate)
    return (await route(request, new URL(request.url).pathname, VISIT)) ?? new Response(null, { status: 404 })
  }
  const post: World['post'] = (path, form, headers = {}, certificate) =>
    send('POST', path, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
      certificate,
    })
  const asked = (client_id: string, change: Record<string, string | undefined> = {}) =>
    Object.entries({
      response_type: 'code',
      client_id,
      redirect_uri: CALLBACK,
      state: 's',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...change,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const endpoint = `${new URL(issuer).pathname.replace(/\/$/, '')}/authorize`
  const ask: World['ask'] = (clientId, change, headers = {}) =>
    send('GET', `${endpoint}?${new URLSearchParams(asked(clientId, change))}`, { headers })
  return {
    ctx,
    events,
    user,
    wait: (count) => {
      seconds += count
    },
    sweep: () =>
      store.sweep({ now: ctx.now(), unusedClientSeconds: DAY, usedClientSeconds: 90 * DAY, mostEvents: 1000 }),
    send,
    post,
    register: async (metadata = {}) => {
      const body = JSON.stringify({ redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', ...metadata })
      const response = await send('POST', '/register', { headers: { 'content-type': 'application/json' }, body })
      return (await response.json()) as { client_id: string; client_secret: string }
    },
    ask,
    waiting: async (clientId, browser, change) => {
      const answer = await post(endpoint, asked(clientId, change), { cookie: `${cookieName(ctx, BROWSER)}=${browser}` })
      return answer.headers.get('location') ?? assert.fail(await answer.text())
    },
    agree: async (clientId, change, authentication) => {
      const browser = 'b'.repeat(32)
      const answer = await ask(clientId, change, { cookie: `${cookieName(ctx, BROWSER)}=${browser}` })
      const sealed = new URL(answer.headers.get('location') ?? '').searchParams.get('request') ?? ''
      const shown = forPerson(ctx, await openInteraction(ctx, VISIT, browser, sealed), user)
      const more = await stepUpOf(ctx, shown, user)
      const page = sealForUser(ctx, browser, shown.pending, user.id, {
        kept: more?.kept,
        shown: shown.scopes,
        admits: shown.client,
      })
      const answered = await openInteraction(ctx, VISIT, browser, page)
      const redirect = await approve(ctx, VISIT, answered, user, undefined, authentication)
      return new URL(redirect.headers.get('location') ?? '').searchParams.get('code') ?? ''
    },
    operatorsClient: async (metadata = {}, id = 'dwo_robot') => {
      const words = { token_endpoint_auth_method: 'client_secret_post', scope: 'notes:read notes:write', ...metadata }
      const read = readClientMetadata(words, { ...metadataRules(ctx), defaultScopes: [], clientCredentials: true })
      const client = { id, metadata: { ...read }, createdAt: seconds, secretsNotBefore: 0 }
      await store.clients.put({ ...client, assurance: 'operator' })
      const secret = { clientId: id, nonce: randomBytes(12), issuedAt: seconds, expiresAt: 0 }
      return { client_id: id, client_secret: deriveClientSecret(ctx.keys.clientSecret, secret) }
    },
    close: () => store.close(),
  }
}
