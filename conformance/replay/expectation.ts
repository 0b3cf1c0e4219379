import type { Expectation, StepName } from './client.ts'
import type { Discovered } from './discover.ts'
import type { Registered } from './register.ts'
import type { Authorized, Tokens } from './token.ts'
import { text, type Wire } from './wire.ts'

/** What has come back so far; a step's expectations are judged when it is done. */
export interface Facts {
  readonly wire: Wire
  readonly found: Discovered
  readonly registered: Registered
  readonly authorized: Authorized
  readonly tokens: Tokens
}

const FORGOTTEN = 'client-of-a-year-ago'

interface Rule {
  readonly after: StepName
  /** Of an answer that a client with a document never gets. */
  readonly dynamicOnly?: boolean
  /** What is wrong, or undefined. */
  readonly judge: (facts: Facts) => string | undefined | Promise<string | undefined>
}

const RULES: Readonly<Record<Expectation, Rule>> = {
  'resource-as-typed': {
    after: 'discover',
    judge: ({ found }) => different('resource', new URL(String(found.resource.resource)).href, new URL(found.mcp).href),
  },
  'resource-has-scopes': {
    after: 'discover',
    judge: ({ found }) =>
      listOf(found.resource.scopes_supported).length > 0 ? undefined : 'the resource metadata lists no scopes',
  },
  's256-advertised': {
    after: 'discover',
    judge: ({ found }) =>
      listOf(found.server.code_challenge_methods_supported).includes('S256') ? undefined : 'S256 is not advertised',
  },
  'strict-openid': { after: 'discover', judge: strictOpenid },
  'registration-has-secret': {
    after: 'register',
    dynamicOnly: true,
    judge: ({ registered }) =>
      registered.secret === undefined || typeof registered.metadata.client_secret_expires_at !== 'number'
        ? 'the registration has no client_secret with client_secret_expires_at'
        : undefined,
  },
  'registration-has-scope': {
    after: 'register',
    dynamicOnly: true,
    judge: ({ registered }) =>
      text(registered.metadata.scope) === undefined ? 'the registration does not say which scope holds' : undefined,
  },
  'registration-keeps-every-redirect': {
    after: 'register',
    dynamicOnly: true,
    judge: ({ registered }) => {
      const kept = listOf(registered.metadata.redirect_uris)
      const lost = listOf(registered.asked.redirect_uris).filter((uri) => !kept.includes(uri))
      return lost.length === 0 ? undefined : `the registration lost ${lost.join(', ')}`
    },
  },
  'registration-again-same-id': {
    after: 'register',
    dynamicOnly: true,
    judge: async ({ registered }) => different('client_id', await registered.again(), registered.clientId),
  },
  // A client that comes back with an id of a year ago registers anew only where it is told so in these ways.
  'forgotten-told-at-authorize': {
    after: 'discover',
    judge: async ({ wire, found }) => {
      const url = `${found.server.authorization_endpoint}?client_id=${FORGOTTEN}&response_type=code`
      const answer = await wire(url, { headers: { accept: 'application/json' } })
      const told = answer.status === 400 && answer.json !== undefined && /not (registered|found)/i.test(answer.text)
      return told ? undefined : `a forgotten client is not told so before a browser opens (HTTP ${answer.status})`
    },
  },
  'forgotten-told-at-token': {
    after: 'discover',
    judge: async ({ wire, found }) => {
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'old', client_id: FORGOTTEN })
      const answer = await wire(String(found.server.token_endpoint), { method: 'POST', body })
      const told = answer.status === 401 && answer.json?.error === 'invalid_client'
      return told ? undefined : `a forgotten client is not told so with 401 invalid_client (HTTP ${answer.status})`
    },
  },
  'iss-exact': {
    after: 'authorize',
    judge: ({ authorized, found }) => {
      const promised = found.server.authorization_response_iss_parameter_supported === true
      return promised || authorized.iss !== null
        ? different('iss', authorized.iss ?? undefined, text(found.server.issuer))
        : undefined
    },
  },
  'token-type-exact': {
    after: 'token',
    judge: ({ tokens }) => different('token_type', text(tokens.answer.token_type), 'Bearer'),
  },
  'token-says-scope-and-lifetime': {
    after: 'token',
    judge: ({ tokens }) =>
      typeof tokens.answer.expires_in === 'number' && text(tokens.answer.scope) !== undefined
        ? undefined
        : 'the token response says no expires_in or no scope',
  },
  'audience-verbatim': {
    after: 'token',
    judge: ({ tokens, found }) => {
      const audience = audienceOf(tokens.access)
      // A token that is no JWT keeps its audience to itself.
      return audience === undefined ? undefined : different('aud', audience, text(found.resource.resource))
    },
  },
}

/** What the step leaves unmet, a sentence each. */
export async function unmet(
  expectations: readonly Expectation[],
  step: StepName,
  facts: Partial<Facts>,
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const expectation of expectations) {
    const { after, dynamicOnly, judge } = RULES[expectation]
    if (after !== step || (dynamicOnly && facts.registered?.kind !== 'dynamic')) continue
    // Every rule asks only for what exists when its step is done.
    const sentence = await judge(facts as Facts)
    if (sentence !== undefined) wrong.push(`${sentence} (${expectation})`)
  }
  return wrong
}

/** OpenID Connect Discovery 1.0 §3: what a strict schema requires of the document, if there is one. */
async function strictOpenid({ wire, found }: Facts): Promise<string | undefined> {
  const answer = await wire(`${String(found.server.issuer).replace(/\/$/, '')}/.well-known/openid-configuration`)
  if (answer.status === 404) return undefined
  const required = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri']
  const lists = ['response_types_supported', 'subject_types_supported', 'id_token_signing_alg_values_supported']
  const missing = [
    ...required.filter((name) => text(answer.json?.[name]) === undefined),
    ...lists.filter((name) => listOf(answer.json?.[name]).length === 0),
  ]
  return missing.length === 0 ? undefined : `openid-configuration lacks ${missing.join(', ')}`
}

function audienceOf(token: string): string | undefined {
  const [, payload = ''] = token.split('.')
  try {
    const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud?: string | string[] }
    return Array.isArray(aud) ? aud[0] : aud
  } catch {
    return undefined
  }
}

function different(name: string, is: string | undefined, expected: string | undefined): string | undefined {
  return is === expected ? undefined : `${name} is '${is}' and not '${expected}'`
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
