import type { Guard } from './resource.ts'
import type { Access } from './verify.ts'

/** How both official SDKs hand an access on to tools: `extra.authInfo` in v1, `ctx.http.authInfo` in v2. */
export interface AuthInfo {
  token: string
  clientId: string
  scopes: string[]
  expiresAt: number
  resource: URL
  /** For challenges that the SDK writes by itself. */
  resourceMetadataUrl: string
  /** `subject`, `issuer`, `grantId`, `authorizationDetails` and all `claims`. */
  extra: Record<string, unknown>
}

export function authInfoOf(access: Access, guard: Pick<Guard, 'resource' | 'metadataUrl'>): AuthInfo {
  const { token, clientId, scopes, expiresAt, subject, issuer, grantId, authorizationDetails, claims } = access
  return {
    token,
    clientId,
    scopes: [...scopes],
    expiresAt,
    resource: new URL(guard.resource),
    resourceMetadataUrl: guard.metadataUrl,
    extra: { subject, issuer, grantId, authorizationDetails, claims },
  }
}
