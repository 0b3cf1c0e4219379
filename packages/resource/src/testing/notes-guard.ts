import { createLocalJWKSet } from 'jose'
import { type Guard, protectResource, type ResourceOptions } from '../resource.ts'
import { makeKey, NOW, RESOURCE, signToken } from './issuer.ts'

const ISSUER = 'https://login.example'

/** A guard with one tool that needs more than others, and tokens for it. */
export async function notesGuard(
  options: Partial<ResourceOptions> = {},
): Promise<{ guard: Guard; token: (scope: string) => Promise<string> }> {
  const key = await makeKey('now')
  const guard = protectResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    tools: { add_note: ['notes:write'] },
    keys: () => createLocalJWKSet({ keys: [key.jwk] }),
    now: () => NOW,
    ...options,
  })
  return { guard, token: (scope) => signToken(key, ISSUER, { claims: { scope } }) }
}
