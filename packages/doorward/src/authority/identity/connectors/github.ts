import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext } from '../../context.ts'
import { cleanEmail, cleanLabel } from '../claims.ts'
import { groupsOverage, providerDoor, providerRefusal } from '../provider-door.ts'
import type { Provider } from '../settings.ts'
import type { Arrival, Connector, Return } from './connector.ts'

const VERSION = '2022-11-28'
/** Of a hundred organizations, or teams, each. */
const MOST_PAGES = 10

/**
 * GitHub speaks OAuth 2.0 and no OpenID Connect. The subject is the number of the account: a login name can be given to somebody else.
 * With the scope `read:org`, organizations are groups by their name and teams as `organization:team`.
 */
export const github: Connector = {
  kind: 'github',

  depart: async (_ctx, provider, { redirectUri, state, challenge, hint, isFresh, maxAge }) => {
    const url = new URL(`${provider.issuer}/login/oauth/authorize`)
    const parameters: Record<string, string | undefined> = {
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      scope: provider.scopes.join(' '),
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      login: hint,
      // It has no way to ask for a new sign-in: somebody has to press a button there, at least.
      prompt: isFresh || maxAge !== undefined ? 'select_account' : undefined,
    }
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
    return url
  },

  arrive: async (ctx, _visit, provider, back) => {
    const error = back.parameters.get('error')
    if (error !== null) throw refusedWith(error)
    try {
      return await whoIs(ctx, provider, await tokenFor(ctx, provider, back))
    } catch (thrown) {
      throw providerRefusal(thrown)
    }
  },
}

async function tokenFor(ctx: AuthorityContext, provider: Provider, back: Return): Promise<string> {
  const response = await providerDoor(ctx)(`${provider.issuer}/login/oauth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: provider.clientId,
      client_secret: provider.clientSecret.export().toString('utf8'),
      code: back.parameters.get('code') ?? '',
      redirect_uri: back.redirectUri,
      code_verifier: back.verifier,
    }),
  })
  const answer = (await response.json()) as { access_token?: unknown; error?: unknown }
  // GitHub refuses with status 200 and an error in the body.
  if (typeof answer.error === 'string') throw refusedWith(answer.error)
  if (response.status !== 200 || typeof answer.access_token !== 'string') throw new Error(`token: ${response.status}`)
  return answer.access_token
}

async function whoIs(ctx: AuthorityContext, provider: Provider, token: string): Promise<Arrival> {
  const api = apiOf(provider)
  const visit = async (url: string): Promise<Response> => {
    const response = await providerDoor(ctx)(url, {
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': VERSION,
      },
    })
    if (response.status !== 200) throw new Error(`${new URL(url).pathname}: ${response.status}`)
    return response
  }
  const ask = async (path: string): Promise<unknown> => (await visit(`${api}${path}`)).json()
  const user = (await ask('/user')) as { id?: unknown; login?: unknown }
  if (!Number.isSafeInteger(user.id) || Number(user.id) < 1) throw new Error('/user: no id')
  const emails = (await ask('/user/emails?per_page=100')) as {
    email?: unknown
    primary?: unknown
    verified?: unknown
  }[]
  const primary = emails.find((email) => email.primary === true && email.verified === true)?.email
  return {
    subject: String(user.id),
    email: cleanEmail(primary),
    label: cleanLabel(user.login),
    groups: provider.scopes.includes('read:org') ? await groupsOf((path) => askAll(api, path, visit)) : undefined,
    authenticatedAt: undefined,
    amr: [],
  }
}

async function groupsOf(askAll: (path: string) => Promise<readonly unknown[]>): Promise<string[]> {
  const organizations = (await askAll('/user/orgs?per_page=100')) as ({ login?: unknown } | null)[]
  const teams = (await askAll('/user/teams?per_page=100')) as ({
    slug?: unknown
    organization?: { login?: unknown } | null
  } | null)[]
  return [
    ...organizations.flatMap((organization) => (typeof organization?.login === 'string' ? [organization.login] : [])),
    ...teams.flatMap((team) =>
      typeof team?.slug === 'string' && typeof team.organization?.login === 'string'
        ? [`${team.organization.login}:${team.slug}`]
        : [],
    ),
  ]
}

/** A list to its end (RFC 8288). The token goes with each request, so that no page leads to another place than the API. */
async function askAll(
  api: string,
  path: string,
  visit: (url: string) => Promise<Response>,
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  let url: string | undefined = `${api}${path}`
  for (let page = 0; url !== undefined; page++) {
    if (page >= MOST_PAGES) throw groupsOverage(`more than ${MOST_PAGES} pages`)
    if (!url.startsWith(`${api}/`)) throw new Error(`${path}: its next page is not at the API`)
    const response: Response = await visit(url)
    const listed: unknown = await response.json()
    if (!Array.isArray(listed)) throw new Error(`${path}: no list`)
    found.push(...listed)
    url = /<([^<>]*)>[^,<]*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
  }
  return found
}

/** GitHub itself has a host of its own for programs, a GitHub Enterprise Server a path. */
function apiOf({ issuer }: Provider): string {
  return issuer === 'https://github.com' ? 'https://api.github.com' : `${issuer}/api/v3`
}

function refusedWith(error: string): OAuthError {
  return error === 'access_denied'
    ? new OAuthError('access_denied', 'The sign-in at the identity provider was declined', 'provider_declined', {
        status: 403,
      })
    : new OAuthError('access_denied', 'The identity provider refused the request', 'provider_refused', {
        status: 502,
        detail: { fault: error.slice(0, 100) },
      })
}
