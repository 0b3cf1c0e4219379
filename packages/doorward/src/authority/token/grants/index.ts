import { authorizationCode } from './authorization-code.ts'
import type { GrantType } from './grant.ts'
import { refreshToken } from './refresh-token.ts'

export const GRANTS: readonly GrantType[] = [authorizationCode, refreshToken]
