import { createHash, randomBytes } from 'node:crypto'
import { type Credentials, decide } from '../person.ts'
import type { Leg, ReplayClient } from './client.ts'
import type { Discovered } from './discover.ts'
import type { Registered } from './register.ts'
import { type Answer, Refused, text, type Wire } from './wire.ts'

export interface Authorized {
  readonly code: string
  readonly verifier: string
  readonly iss: string | null
}

export interface Tokens {
  readonly access: string
  readonly refresh: string | undefined
  readonly answer: Readonly<Record<string, unknown>>
}

/** The scope that the client asks for, by its habit; undefined where it sends none. */
export function scopeOf(
  client: ReplayClient,
  { challenge, resource, server }: Discovered,
  registered?: Registered,
): string | undefined {
  const ofResource = join(resource.scopes_supported)
  const habits = {
    none: () => undefined,
    challenge: () => challenge.scope ?? ofResource,
    'all-of-resource': () => ofResource,
    'all-of-server': () => join(server.scopes_supported),
    'as-registered': () => (registered === undefined ? join(server.scopes_supported) : text(registered.metadata.scope)),
  }
  const base = typeof client.scope === 'string' ? habits[client.scope]() : client.scope.literal
  if (!offersOffline(client, server) || base?.includes('offline_access')) return base
  return base === undefined ? 'offline_access' : `${base} offline_access`
}

/** Sends the person's browser to the authorization endpoint and waits at the redirect URI. */
export async function authorize(
  client: ReplayClient,
  wire: Wire,
  found: Discovered,
  registered: Registered,
  person: Credentials,
): Promise<Authorized> {
  const scope = scopeOf(client, found, registered)
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const query = {
    response_type: 'code',
    client_id: registered.clientId,
    redirect_uri: registered.redirect,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    ...(scope === undefined ? {} : { scope }),
    ...resourceOn('authorize', client, found),
    ...(offersOffline(client, found.server) ? { prompt: 'consent' } : {}),
    ...client.authorize,
  }
  const url = `${found.server.authorization_endpoint}?${client.unencoded ? plainly(query) : new URLSearchParams(query)}`
  if (client.looksAhead) {
    const answer = await wire(url, { headers: { accept: 'application/json' } })
    if (answer.status >= 400) throw new Refused('the look ahead, before a browser opens', answer)
  }
  const callback = await decide(url, person).catch((error: Error) => {
    throw asPage(error)
  })
  if (callback.error !== null) {
    throw new Refused(`${callback.error}: ${callback.url.searchParams.get('error_description') ?? ''}`)
  }
  if (callback.state !== state) throw new Refused(`state came back as ${callback.state}`)
  if (!callback.url.href.startsWith(registered.redirect)) throw new Refused(`the answer went to ${callback.url.href}`)
  if (callback.code === null) throw new Refused('the answer has no code')
  return { code: callback.code, verifier, iss: callback.iss }
}

export function exchange(
  client: ReplayClient,
  wire: Wire,
  found: Discovered,
  registered: Registered,
  { code, verifier }: Authorized,
): Promise<Tokens> {
  return askForTokens(wire, found, registered, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: registered.redirect,
    ...resourceOn('token', client, found),
  })
}

export function refresh(
  client: ReplayClient,
  wire: Wire,
  found: Discovered,
  registered: Registered,
  refreshToken: string,
): Promise<Tokens> {
  return askForTokens(wire, found, registered, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...(client.refresh.repeatsScope ? { scope: scopeOf(client, found, registered) ?? '' } : {}),
    ...resourceOn('refresh', client, found),
  })
}

async function askForTokens(
  wire: Wire,
  { server }: Discovered,
  registered: Registered,
  fields: Readonly<Record<string, string>>,
): Promise<Tokens> {
  const endpoint = String(server.token_endpoint)
  const { headers, form } = authentication(registered, endpoint)
  const answer: Answer = await wire(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
    body: new URLSearchParams({ ...fields, ...form }).toString(),
  })
  const access = text(answer.json?.access_token)
  if (answer.status !== 200 || answer.json === undefined || access === undefined) {
    throw new Refused(`${fields.grant_type} by ${registered.method}`, answer)
  }
  return { access, refresh: text(answer.json.refresh_token), answer: answer.json }
}

interface Presented {
  readonly headers: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
}

function authentication(registered: Registered, endpoint: string): Presented {
  const { clientId, secret = '', document } = registered
  switch (registered.method) {
    case 'none':
      return { headers: {}, form: { client_id: clientId } }
    case 'client_secret_post':
      return { headers: {}, form: { client_id: clientId, client_secret: secret } }
    case 'client_secret_basic': {
      // RFC 6749 §2.3.1: each part is form-urlencoded before they are joined.
      const joined = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`
      return { headers: { authorization: `Basic ${Buffer.from(joined).toString('base64')}` }, form: {} }
    }
    case 'private_key_jwt':
      return {
        headers: {},
        form: {
          client_id: clientId,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: document?.assertion(endpoint) ?? '',
        },
      }
    default:
      return registered.method satisfies never
  }
}

function resourceOn(leg: Leg, client: ReplayClient, { mcp, resource }: Discovered): { resource?: string } {
  const { spelling, at } = client.resource
  if (!at.includes(leg)) return {}
  const named = text(resource.resource) ?? mcp
  switch (spelling) {
    case 'verbatim':
      return { resource: named }
    case 'href':
      return { resource: new URL(named).href }
    case 'without-slash':
      return { resource: named.replace(/\/$/, '') }
    case 'typed':
      return { resource: new URL(mcp).href }
    case 'none':
      return {}
    default:
      return spelling satisfies never
  }
}

/** What a page said to the person, out of the words in which `decide` tells it. */
function asPage({ message }: Error): Refused {
  const [, status, at, page = message] = /^(\d{3}) at ([^?\s]+)\S*: (.*)$/s.exec(message) ?? []
  const plain = page.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&').trim()
  if (status === undefined) return new Refused(`its pages cannot be walked through: ${plain}`)
  return new Refused(`the page ${at}`, { status: Number(status), headers: new Headers(), text: plain, json: undefined })
}

function offersOffline(client: ReplayClient, server: Readonly<Record<string, unknown>>): boolean {
  const scopes = (server.scopes_supported ?? []) as readonly string[]
  return client.wantsOfflineAccess === true && scopes.includes('offline_access')
}

function plainly(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function join(scopes: unknown): string | undefined {
  return Array.isArray(scopes) && scopes.length > 0 ? scopes.join(' ') : undefined
}
