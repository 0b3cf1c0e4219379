import { errorUri, type OAuthError } from '@doorward/core/oauth/error'
import { REASONS } from '@doorward/core/oauth/reasons'
import type { AuthorityContext, Problem, Visit } from './context.ts'
import { retryAfterOf } from './http.ts'

/** A refusal as a person is told of it. What an application says of itself its makers have to mend. */
export function problemOf(
  ctx: AuthorityContext,
  error: OAuthError,
  visit: Visit,
  situation: Problem['situation'],
): Problem {
  const { mend } = REASONS[error.reason]
  return {
    // Shown on a page, an unknown client is a bad request and not a failed authentication: no 401 without a challenge.
    status: error.status === 401 ? 400 : error.status,
    situation,
    cause: `${error.description}.`,
    mend: error.reason.startsWith('metadata_')
      ? `The makers of the application can mend this. For them: ${mend}`
      : mend,
    code: error.code,
    reason: error.reason,
    help: errorUri(ctx.issuer, error.reason),
    correlation: visit.correlation,
    retryAfter: retryAfterOf(error),
  }
}
