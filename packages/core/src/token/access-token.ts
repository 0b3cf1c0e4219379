import type { Seconds } from '../kernel/seconds.ts'
import type { AuthorizationDetail } from '../oauth/authorization-details.ts'
import { type SigningKey, signJwt } from './sign-jwt.ts'

export type { SigningAlgorithm, SigningKey } from './sign-jwt.ts'

/** RFC 7800: the key that a token is bound to, by DPoP (RFC 9449 §6.1) or as a certificate (RFC 8705 §3.1). */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string }

/** The claims of RFC 9068 §2.2, and the grant that the token comes from. */
export interface AccessTokenClaims extends SignInClaims {
  readonly iss: string
  readonly sub: string
  /** Exactly one resource: a token opens one door. */
  readonly aud: string
  readonly client_id: string
  readonly scope: string
  readonly iat: Seconds
  readonly exp: Seconds
  readonly jti: string
  readonly grant_id: string
  /** RFC 9396 §9.1. */
  readonly authorization_details?: readonly AuthorizationDetail[] | undefined
  readonly cnf?: Confirmation | undefined
  /** RFC 8693 §4.1: who acts for the subject. */
  readonly act?: ActorClaim | undefined
}

/** RFC 9068 §2.2.1: when and how the person had signed in who agreed to the grant; the same at every refresh and exchange. */
export interface SignInClaims {
  readonly auth_time?: Seconds | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
}

export interface ActorClaim {
  readonly sub: string
  readonly act?: ActorClaim
}

/** Signs an access token (RFC 9068, `typ` `at+jwt`). */
export function signAccessToken(key: SigningKey, claims: AccessTokenClaims): string {
  return signJwt(key, 'at+jwt', claims)
}
