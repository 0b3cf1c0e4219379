import type { AuthorityContext } from '../../context.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import type { GrantType } from './grant.ts'
import { jwtBearer } from './jwt-bearer.ts'
import { refreshToken } from './refresh-token.ts'
import { tokenExchange } from './token-exchange.ts'

const GRANTS: readonly GrantType[] = [
  authorizationCode,
  refreshToken,
  clientCredentials,
  tokenExchange,
  jwtBearer,
  deviceCode,
]

/** What this server gives tokens for, as it is configured. */
export function offeredGrants(ctx: AuthorityContext): readonly GrantType[] {
  return GRANTS.filter(({ isOffered }) => isOffered?.(ctx) ?? true)
}
