import { whenNeeded } from '@doorward/core/kernel/when-needed'
import { OAuthError } from '@doorward/core/oauth/error'
import { serverMetadataUrls } from '@doorward/core/oauth/server-metadata'
import { deviceEndpoint } from './authorize/device.ts'
import { authorizeEndpoint } from './authorize/endpoint.ts'
import { pushedEndpoint } from './authorize/pushed.ts'
import type { AuthorityContext, Visit } from './context.ts'
import { adminMetadataEndpoint, jwksEndpoint, metadataEndpoint, openidEndpoint } from './discovery.ts'
import { CORS, type Endpoint, forPrograms, NO_STORE, OPEN, refusalJson } from './http.ts'
import { introspectionEndpoint } from './introspection.ts'
import { registrationEndpoint } from './registration/endpoint.ts'
import { logoEndpoint } from './registration/logo-endpoint.ts'
import { managementEndpoint } from './registration/manage.ts'
import { revocationEndpoint } from './revocation.ts'
import { revokedGrantsEndpoint } from './revoked-grants.ts'
import { tokenEndpoint } from './token/endpoint.ts'

export interface Route {
  readonly methods: readonly string[]
  readonly endpoint: Endpoint
  /** Browser clients call it from other origins (quirk Q23). Never the authorization endpoint (OAuth 2.1 §3.1). */
  readonly cors: boolean
}

/** For programs, those in browsers among them. */
const open = (methods: readonly string[], endpoint: Endpoint): Route => ({
  methods,
  endpoint: forPrograms(endpoint, OPEN),
  cors: true,
})

/** For programs that are in no browser: no refusal can be read from another origin, and its answers are to be NO_STORE. */
const closed = (methods: readonly string[], endpoint: Endpoint): Route => ({
  methods,
  endpoint: forPrograms(endpoint, NO_STORE),
  cors: false,
})

// Operators come later than programs: the server is ready before it has read what they can do.
const readAdmin = whenNeeded(() => import('./admin/api.ts'))
const adminEndpoint: Endpoint = async (...call) => (await readAdmin()).adminEndpoint(...call)
const readOpenapi = whenNeeded(() => import('./admin/openapi.ts'))
const openapiEndpoint: Endpoint = async (...call) => (await readOpenapi()).openapiEndpoint(...call)

/** Answers what belongs to the authorization server; undefined for every other path. */
export type Authority = (request: Request, path: string, visit: Visit) => Promise<Response> | undefined

/** The addresses of the authorization server: single paths, and families of paths by how they begin. */
export interface Routes {
  readonly paths: ReadonlyMap<string, Route>
  readonly families: readonly (readonly [string, Route])[]
}

export function routesOf(ctx: AuthorityContext): Routes {
  const prefix = new URL(ctx.issuer).pathname.replace(/\/$/, '')
  const paths = new Map<string, Route>([
    [`${prefix}/authorize`, { methods: ['GET', 'POST'], endpoint: authorizeEndpoint, cors: false }],
    [`${prefix}/token`, open(['POST'], tokenEndpoint)],
    [`${prefix}/register`, open(['POST'], registrationEndpoint)],
    [`${prefix}/par`, open(['POST'], pushedEndpoint)],
    [`${prefix}/introspect`, closed(['POST'], introspectionEndpoint)],
    [`${prefix}/revoke`, open(['POST'], revocationEndpoint)],
    [`${prefix}/jwks`, open(['GET', 'HEAD'], jwksEndpoint)],
  ])
  if (ctx.policy.deviceAuthorization === 'allow')
    paths.set(`${prefix}/device_authorization`, open(['POST'], deviceEndpoint))
  if (ctx.publishRevokedGrants) paths.set(`${prefix}/revoked-grants`, closed(['GET', 'HEAD'], revokedGrantsEndpoint()))
  // Quirk Q19: one document at every address that any revision tries, the bare root included.
  for (const url of [...serverMetadataUrls(ctx.issuer), ...serverMetadataUrls(new URL(ctx.issuer).origin)]) {
    const endpoint = url.includes('openid-configuration') ? openidEndpoint : metadataEndpoint
    paths.set(new URL(url).pathname, open(['GET', 'HEAD'], endpoint))
  }
  // RFC 9728 §3.1, for who wants to use the administration with an ordinary client.
  const adminMetadata = `/.well-known/oauth-protected-resource${new URL(ctx.admin.uri).pathname}`
  paths.set(adminMetadata, open(['GET', 'HEAD'], adminMetadataEndpoint))
  // Says what can be asked and nothing of this server, so that a tool can read it before it has a token (decision 0020).
  paths.set(`${prefix}/admin/api/openapi.json`, closed(['GET', 'HEAD'], openapiEndpoint))
  return {
    paths,
    families: [
      [`${prefix}/admin/api/`, closed(['GET', 'POST', 'PUT', 'DELETE'], adminEndpoint)],
      [`${prefix}/logo/`, { methods: ['GET'], endpoint: logoEndpoint, cors: false }],
      [`${prefix}/register/`, open(['GET', 'PUT', 'DELETE'], managementEndpoint)],
    ],
  }
}

/** Finds the route of a request. `path` is the path of the request on its host. */
export function authority(ctx: AuthorityContext): Authority {
  const { paths, families } = routesOf(ctx)
  return (request, path, visit) => {
    const route = paths.get(path) ?? families.find(([start]) => path.startsWith(start))?.[1]
    if (route === undefined) return undefined
    if (route.methods.includes(request.method)) return route.endpoint(ctx, request, visit)
    if (request.method === 'OPTIONS' && route.cors) return Promise.resolve(preflight(route))
    return Promise.resolve(wrongMethod(ctx, request, route, visit))
  }
}

function preflight(route: Route): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'access-control-allow-methods': route.methods.join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, Accept, DPoP, MCP-Protocol-Version',
      'access-control-max-age': '600',
    },
  })
}

function wrongMethod(ctx: AuthorityContext, request: Request, route: Route, visit: Visit): Response {
  const allow = route.methods.join(', ')
  ctx.audit({
    type: 'request.refused',
    outcome: 'refused',
    reason: 'wrong_method',
    ...visit,
    detail: { method: request.method },
  })
  const response = refusalJson(
    ctx,
    new OAuthError('invalid_request', `This endpoint answers ${allow} only`, 'wrong_method', { status: 405 }),
    visit,
    route.cors ? OPEN : NO_STORE,
  )
  response.headers.set('allow', allow)
  return response
}
