import * as errors from 'jose/errors'

/** FAPI 2.0 §5.3.2.1: clocks differ by ten seconds, and not by more than sixty. What is signed for a day to come is worth stealing today. */
export const MOST_AHEAD_SECONDS = 60

/** Whether something says that it was signed when it cannot have been. */
export function isFromTheFuture({ iat }: { readonly iat?: number | undefined }, now: number): boolean {
  return iat !== undefined && iat > now + MOST_AHEAD_SECONDS
}

/** Whether it was refused for an `nbf` that is still to come. */
export function isNotYet(error: unknown): boolean {
  return error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed'
}
