import { OAuthError } from '@doorward/core/oauth/error'
import { serverMetadataUrls } from '@doorward/core/oauth/server-metadata'
import { deviceEndpoint } from './authorize/device.ts'
import { authorizeEndpoint } from './authorize/endpoint.ts'
import { pushedEndpoint } from './authorize/pushed.ts'
import type { AuthorityContext, Visit } from './context.ts'
import { adminMetadataEndpoint, jwksEndpoint, metadataEndpoint, openidEndpoint } from './discovery.ts'
import { CORS, type Endpoint, forPrograms, refusalJson } from './http.ts'
import { introspectionEndpoint } from './introspection.ts'
import { registrationEndpoint } from './registration/endpoint.ts'
import { logoEndpoint } from './registration/logo-endpoint.ts'
import { managementEndpoint } from './registration/manage.ts'
import { revocationEndpoint } from './revocation.ts'
import { revokedGrantsEndpoint } from './revoked-grants.ts'
import { tokenEndpoint } from './token/endpoint.ts'

interface Route {
  readonly methods: readonly string[]
  readonly endpoint: Endpoint
  /** Browser clients call it from other origins (quirk Q23). Never the authorization endpoint (OAuth 2.1 §3.1). */
  readonly cors: boolean
}

// Operators come later than programs: the server is ready before it has read what they can do.
const adminEndpoint: Endpoint = async (...call) => (await import('./admin/api.ts')).adminEndpoint(...call)
const openapiEndpoint: Endpoint = async (...call) => (await import('./admin/openapi.ts')).openapiEndpoint(...call)

/** Answers what belongs to the authorization server; undefined for every other path. */
export type Authority = (request: Request, path: string, visit: Visit) => Promise<Response> | undefined

/** The route table. `path` is the path of the request on its host. */
export function authority(ctx: AuthorityContext): Authority {
  const prefix = new URL(ctx.issuer).pathname.replace(/\/$/, '')
  const routes = new Map<string, Route>([
    [`${prefix}/authorize`, { methods: ['GET', 'POST'], endpoint: authorizeEndpoint, cors: false }],
    [`${prefix}/token`, { methods: ['POST'], endpoint: forPrograms(tokenEndpoint), cors: true }],
    [`${prefix}/register`, { methods: ['POST'], endpoint: forPrograms(registrationEndpoint), cors: true }],
    [`${prefix}/par`, { methods: ['POST'], endpoint: forPrograms(pushedEndpoint), cors: true }],
    [`${prefix}/introspect`, { methods: ['POST'], endpoint: forPrograms(introspectionEndpoint), cors: false }],
    [`${prefix}/revoke`, { methods: ['POST'], endpoint: forPrograms(revocationEndpoint), cors: true }],
    [`${prefix}/jwks`, { methods: ['GET', 'HEAD'], endpoint: forPrograms(jwksEndpoint), cors: true }],
  ])
  if (ctx.policy.deviceAuthorization === 'allow') {
    const endpoint = forPrograms(deviceEndpoint)
    routes.set(`${prefix}/device_authorization`, { methods: ['POST'], endpoint, cors: true })
  }
  if (ctx.publishRevokedGrants) {
    const endpoint = forPrograms(revokedGrantsEndpoint())
    routes.set(`${prefix}/revoked-grants`, { methods: ['GET', 'HEAD'], endpoint, cors: false })
  }
  // Quirk Q19: one document at every address that any revision tries, the bare root included.
  for (const url of [...serverMetadataUrls(ctx.issuer), ...serverMetadataUrls(new URL(ctx.issuer).origin)]) {
    const endpoint = url.includes('openid-configuration') ? openidEndpoint : metadataEndpoint
    routes.set(new URL(url).pathname, { methods: ['GET', 'HEAD'], endpoint: forPrograms(endpoint), cors: true })
  }

  // Says what can be asked and nothing of this server, so that a tool can read it before it has a token (decision 0020).
  routes.set(`${prefix}/admin/api/openapi.json`, {
    methods: ['GET', 'HEAD'],
    endpoint: forPrograms(openapiEndpoint),
    cors: false,
  })

  const families: readonly (readonly [string, Route])[] = [
    [
      `${prefix}/admin/api/`,
      { methods: ['GET', 'POST', 'PUT', 'DELETE'], endpoint: forPrograms(adminEndpoint), cors: false },
    ],
    [`${prefix}/logo/`, { methods: ['GET'], endpoint: logoEndpoint, cors: false }],
    [
      `${prefix}/register/`,
      { methods: ['GET', 'PUT', 'DELETE'], endpoint: forPrograms(managementEndpoint), cors: true },
    ],
  ]
  // RFC 9728 §3.1, for who wants to use the administration with an ordinary client.
  routes.set(`/.well-known/oauth-protected-resource${new URL(ctx.admin.uri).pathname}`, {
    methods: ['GET', 'HEAD'],
    endpoint: forPrograms(adminMetadataEndpoint),
    cors: true,
  })

  return (request, path, visit) => {
    const route = routes.get(path) ?? families.find(([start]) => path.startsWith(start))?.[1]
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
  )
  response.headers.set('allow', allow)
  if (!route.cors) for (const name of Object.keys(CORS)) response.headers.delete(name)
  return response
}
