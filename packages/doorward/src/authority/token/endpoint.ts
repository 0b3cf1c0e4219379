import { OAuthError, quoted } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import { type Endpoint, readFormBody } from '../http.ts'
import { refused } from '../refused.ts'
import { authenticateClient, claimedClient } from './authenticate-client.ts'
import { answerHeaders } from './constraints/dpop.ts'
import { flowOf } from './flow-of-code.ts'
import { offeredGrants } from './grants/index.ts'
import { issue } from './issue.ts'
import { proveSender } from './prove-sender.ts'
import { isProven } from './proven.ts'
import { authenticateWorkload } from './workload.ts'

/** `POST /token` (RFC 6749 §3.2): the corridor. It holds the order; the rooms hold the rules. */
export const tokenEndpoint: Endpoint = async (ctx, request, visit) => {
  const now = ctx.now()
  let clientId: string | undefined
  let form: Form | undefined
  try {
    form = await readFormBody(request)
    clientId = claimedClient(request, form)
    const type = form.require('grant_type')
    const workload = await authenticateWorkload(ctx, request, visit, form)
    const grant = offeredGrants(ctx).find((known) => known.type === type)
    const documents = grant?.isForUnseen === true
    const client = workload?.client ?? (await authenticateClient(ctx, request, visit, form, { documents }))
    clientId = client.id
    if (grant === undefined) {
      throw new OAuthError(
        'unsupported_grant_type',
        `Grant type ${quoted(type)} is not offered here`,
        'grant_type_unknown',
      )
    }
    const shown = await proveSender(ctx, request, client)
    const keepsRefreshToken = ctx.policy.refreshRotation === 'public' && isProven(client)
    return await grant.run(ctx, visit, { client, form, now, shown, keepsRefreshToken, workload }, (authorization) =>
      issue(ctx, now, authorization, answerHeaders(ctx, request)),
    )
  } catch (error) {
    // A reuse is already recorded, in the transaction that revoked the grant; that nobody answered yet decides nothing.
    const isTold = (reason: string) => reason.endsWith('_reused') || reason === 'device_pending'
    if (error instanceof OAuthError && !isTold(error.reason)) {
      const type = error.code === 'invalid_client' ? 'client.authentication.refused' : 'token.refused'
      const told = refused(type, error)
      const flow = form === undefined ? undefined : flowOf(ctx.keys, form)
      const detail = { ...told.detail, ...(flow?.correlation === undefined ? {} : { flow: flow.correlation }) }
      ctx.audit({ ...told, detail, ...visit, client: clientId, grant: flow?.grantId })
    }
    throw error
  }
}
