import { authentication } from './authentication.ts'
import { authorizationDetails } from './authorization-details.ts'
import type { Agreed, Check, CheckInput } from './check.ts'
import { dpopJkt } from './dpop-jkt.ts'
import { pkce } from './pkce.ts'
import { prompt } from './prompt.ts'
import { requestUri } from './request-uri.ts'
import { resource } from './resource.ts'
import { responseType } from './response-type.ts'
import { scope } from './scope.ts'

/** In this order, after the destination is trusted. */
export const CHECKS: readonly Check[] = [
  requestUri,
  responseType,
  pkce,
  dpopJkt,
  resource,
  scope,
  authorizationDetails,
  prompt,
  authentication,
]

/** All of them, each seeing what those before found out. */
export function runChecks(input: CheckInput): Agreed {
  let soFar: Partial<Agreed> = {}
  for (const check of CHECKS) soFar = { ...soFar, ...check(input, soFar) }
  return soFar as Agreed
}
