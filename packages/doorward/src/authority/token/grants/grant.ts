import type { Form } from '@doorward/core/oauth/form'
import type { StoredClient } from '../../../store/store.ts'
import type { AuthorityContext, Visit } from '../../context.ts'
import type { Sender } from '../constraints/constraint.ts'

/** What a token request may have, once judged. */
export interface Authorization {
  readonly grantId: string
  readonly userId: string
  readonly clientId: string
  readonly resource: string
  readonly scope: string
  /** The refresh token that goes out with it. */
  readonly generation: number
  readonly sender: Sender | undefined
}

export interface GrantRequest {
  readonly client: StoredClient
  readonly form: Form
  readonly now: number
  /** The key that the sender has shown to hold, if any. */
  readonly sender: Sender | undefined
  /** The refresh token of this client stays what it is. */
  readonly keepsRefreshToken: boolean
}

/**
 * A grant type (RFC 6749 §1.3) in three verbs: `read` looks and changes nothing, `judge` is pure, `spend` uses the
 * evidence up in one atomic store verb whose verdict decides.
 */
export interface Grant<Evidence> {
  readonly type: string
  readonly read: (ctx: AuthorityContext, form: Form) => Promise<Evidence>
  readonly judge: (request: GrantRequest, evidence: Evidence) => Authorization
  readonly spend: (
    ctx: AuthorityContext,
    visit: Visit,
    request: GrantRequest,
    evidence: Evidence,
    authorization: Authorization,
  ) => Promise<void>
}

/** A grant type with its evidence type closed over, so that all of them fit one list. */
export interface GrantType {
  readonly type: string
  readonly run: (
    ctx: AuthorityContext,
    visit: Visit,
    request: GrantRequest,
    mint: (authorization: Authorization) => Response,
  ) => Promise<Response>
}

/** Minting comes before spending: a crash between them leaves the old token good, never the client empty-handed. */
export function grantType<Evidence>(grant: Grant<Evidence>): GrantType {
  return {
    type: grant.type,
    run: async (ctx, visit, request, mint) => {
      const evidence = await grant.read(ctx, request.form)
      const authorization = grant.judge(request, evidence)
      const response = mint(authorization)
      await grant.spend(ctx, visit, request, evidence, authorization)
      return response
    },
  }
}
