import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { AuthorizationServer, Client } from 'oauth4webapi'
import type { AuthorityContext } from '../../context.ts'
import { type Claims, claimAt, claimsTogether, cleanEmail, cleanLabel, cleanSubject, isElsewhere } from '../claims.ts'
import { groupsOverage, providerDoor, providerRefusal } from '../provider-door.ts'
import { type Provider, speaksFor } from '../settings.ts'
import type { Arrival, Connector, Return } from './connector.ts'

const METADATA_SECONDS = 3600
const MOST_METHODS = 8

/** People come later than programs: read when the first of them signs in at a provider. */
const library = () => import('oauth4webapi')

/**
 * Any OpenID provider: code flow with PKCE, nonce, the `iss` of RFC 9207, and an ID token whose signature is verified with its published
 * keys also where TLS alone would do (OpenID Connect Core §3.1.3.7).
 */
export const oidc: Connector = {
  kind: 'oidc',

  depart: async (ctx, provider, { redirectUri, state, nonce, challenge, hint, isFresh, maxAge }) => {
    const server = await serverOf(ctx, provider)
    const url = entranceOf(provider, server)
    const parameters: Record<string, string | undefined> = {
      response_type: 'code',
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      scope: ['openid', ...provider.scopes.filter((scope) => scope !== 'openid')].join(' '),
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      login_hint: hint,
      prompt: isFresh ? 'login' : undefined,
      max_age: maxAge === undefined ? undefined : String(maxAge),
    }
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
    return url
  },

  arrive: async (ctx, _visit, provider, back) => {
    const server = await serverOf(ctx, provider)
    requireIssuer(server, back)
    try {
      return await exchange(ctx, provider, server, back)
    } catch (error) {
      const refusal = await refusalOf(error)
      throw refusal === undefined
        ? providerRefusal(error)
        : providerRefusal(new Error(`the identity provider answered ${quoted(refusal)}`), reasonOf(refusal))
    }
  },
}

/** Where people are sent: a page asks them on to it, so that it is judged like any address of a stranger. */
function entranceOf({ issuer }: Provider, { authorization_endpoint: entrance }: AuthorizationServer): URL {
  // The library believes its type.
  const url = typeof entrance === 'string' ? URL.parse(entrance) : null
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && issuer.startsWith('http:'))) return url
  throw providerRefusal(new Error('the identity provider has no authorization_endpoint that people can be sent to'))
}

// RFC 9207 §2.4: compared before anything of the answer is used, the error included.
function requireIssuer(
  { issuer, authorization_response_iss_parameter_supported: says }: AuthorizationServer,
  back: Return,
) {
  const iss = back.parameters.get('iss')
  if (iss === null ? says !== true : iss === issuer) return
  throw new OAuthError('access_denied', 'Another identity provider answered than was asked', 'provider_wrong_issuer')
}

async function exchange(
  ctx: AuthorityContext,
  provider: Provider,
  server: AuthorizationServer,
  back: Return,
): Promise<Arrival> {
  const oauth = await library()
  const client: Client = { client_id: provider.clientId }
  const secret = provider.clientSecret.export().toString('utf8')
  const authentication =
    provider.authentication === 'client_secret_post' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret)
  const options = await optionsOf(ctx, provider)
  const parameters = oauth.validateAuthResponse(server, client, back.parameters, back.state)
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    back.redirectUri,
    back.verifier,
    options,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: back.nonce,
    requireIdToken: true,
  })
  await verifySignature(ctx, provider, server, answer)
  const claims = oauth.getValidatedIdTokenClaims(tokens) ?? unusable('gave no ID token')
  // OpenID Connect Core §3.1.3.7: the library asks for that only where a token is for several.
  if (claims.azp !== undefined && claims.azp !== provider.clientId) unusable('gave an ID token with the azp of another')
  const { groupsClaim } = provider
  const missing =
    claims.email === undefined || (groupsClaim !== undefined && claimAt(claims, groupsClaim) === undefined)
  // Many providers keep ID tokens small and answer the rest when asked.
  const more =
    missing && server.userinfo_endpoint !== undefined
      ? await oauth.processUserInfoResponse(
          server,
          client,
          claims.sub,
          await oauth.userInfoRequest(server, client, tokens.access_token, options),
        )
      : {}
  return arrivalOf(provider, claimsTogether(claims, more), groupsClaim && groupsAt(groupsClaim, claims, more))
}

/**
 * A list that stands elsewhere is none that is empty: who is in too many groups for a token would lose all that they may have.
 * @throws OAuthError
 */
function groupsAt(path: readonly string[], ...answers: readonly Claims[]): unknown {
  for (const answer of answers) {
    const groups = claimAt(answer, path)
    if (groups !== undefined) return groups
  }
  if (answers.some((answer) => isElsewhere(answer, path))) throw groupsOverage('too many for one answer')
  return []
}

/**
 * A key that is not there any more, or not yet, makes us look again; only the provider itself can cause that. The library keeps keys by the
 * very object that describes the server: a copy of it has none yet.
 */
async function verifySignature(
  ctx: AuthorityContext,
  provider: Provider,
  server: AuthorizationServer,
  answer: Response,
): Promise<void> {
  const { validateApplicationLevelSignature } = await library()
  const options = await optionsOf(ctx, provider)
  try {
    await validateApplicationLevelSignature(server, answer, options)
  } catch {
    await validateApplicationLevelSignature(remember(ctx, provider, { ...server }), answer, options)
  }
}

function arrivalOf(provider: Provider, claims: Claims, groups: unknown): Arrival {
  const { sub, email, email_verified: verified, preferred_username: login, auth_time: at, amr } = claims
  const address = cleanEmail(email)
  // Entra ID does not say; for the domains that the operator gave to this provider, its word is enough.
  const isVerified =
    verified === true || (verified === undefined && address !== undefined && speaksFor(provider, address))
  return {
    subject: cleanSubject(sub) ?? unusable('gave a sub that is not 1 to 255 characters of ASCII'),
    email: isVerified ? address : undefined,
    label: cleanLabel(email) || cleanLabel(login) || cleanLabel(sub),
    groups,
    authenticatedAt: typeof at === 'number' && Number.isFinite(at) ? Math.floor(at) : undefined,
    amr: (Array.isArray(amr) ? amr : [])
      .filter((method): method is string => typeof method === 'string' && /^[a-z0-9_-]{1,20}$/i.test(method))
      .slice(0, MOST_METHODS),
  }
}

async function serverOf(ctx: AuthorityContext, provider: Provider): Promise<AuthorizationServer> {
  const before = ctx.providers.get(provider.id)
  if (before !== undefined && before.freshUntil > ctx.now()) return before.value as AuthorizationServer
  const oauth = await library()
  try {
    const issuer = new URL(provider.issuer)
    const options = { ...(await optionsOf(ctx, provider)), algorithm: 'oidc' as const }
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    return remember(ctx, provider, server)
  } catch (error) {
    const other = otherIssuer(error)
    throw other === undefined
      ? providerRefusal(error)
      : providerRefusal(new Error(`its metadata names the issuer ${quoted(other)}, the config ${provider.issuer}`))
  }
}

/** What the metadata calls itself, where that is why the library refused it: a path or a tenant too few is the usual mistake. */
function otherIssuer(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause as { attribute?: unknown; body?: { issuer?: unknown } }) : {}
  const issuer = cause?.attribute === 'issuer' ? cause.body?.issuer : undefined
  return typeof issuer === 'string' ? issuer : undefined
}

function remember(ctx: AuthorityContext, provider: Provider, value: AuthorizationServer): AuthorizationServer {
  ctx.providers.set(provider.id, { value, freshUntil: ctx.now() + METADATA_SECONDS })
  return value
}

async function optionsOf(ctx: AuthorityContext, provider: Provider) {
  const oauth = await library()
  return {
    [oauth.customFetch]: providerDoor(ctx),
    // The door itself lets plain http through to this computer alone, and only in development.
    [oauth.allowInsecureRequests]: provider.issuer.startsWith('http:'),
  }
}

/** The code of an error that the provider answered with (RFC 6749 §4.1.2.1, §5.2). What it says beside it may be anything. */
async function refusalOf(error: unknown): Promise<string | undefined> {
  const oauth = await library()
  const isRefusal = error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError
  return isRefusal ? error.error : undefined
}

const reasonOf = (refusal: string) => (refusal === 'access_denied' ? 'provider_declined' : 'provider_refused')

function unusable(what: string): never {
  throw new Error(`the identity provider ${what}`)
}
