import { OAuthError } from '@doorward/core/oauth/error'
import type { AuthorityContext, Visit } from '../context.ts'
import { type Endpoint, json, readFormBody } from '../http.ts'
import { timeOrderedId } from '../ids.ts'
import { limitDevices } from '../limits.ts'
import { refused } from '../refused.ts'
import { decide, notAdmitted } from '../registration/decide.ts'
import { policyNow } from '../registration/policy-now.ts'
import { authenticateClient, claimedClient } from '../token/authenticate-client.ts'
import { answerHeaders, dpop } from '../token/constraints/dpop.ts'
import {
  type DeviceRequest,
  drawUserCode,
  requireDeviceGrant,
  sealDeviceCode,
  sealDeviceRequest,
  userCodeKey,
} from '../token/device-code.ts'
import { INTERVAL_SECONDS } from '../token/polling.ts'
import { authorizationDetails } from './checks/authorization-details.ts'
import type { CheckInput } from './checks/check.ts'
import { dpopJkt } from './checks/dpop-jkt.ts'
import { resource } from './checks/resource.ts'
import { scope } from './checks/scope.ts'
import { requireShort } from './pending.ts'

const LIFETIME_SECONDS = 600
const MOST_DRAWS = 3

/**
 * `POST /device_authorization` (RFC 8628 §3.1). Checked like an authorization request, as far as there is no browser and no
 * redirect. One row is written, for ten minutes: who types the user code has to find the request again.
 */
export const deviceEndpoint: Endpoint = async (ctx, request, visit) => {
  let clientId: string | undefined
  try {
    const form = await readFormBody(request)
    clientId = claimedClient(request, form)
    const client = await authenticateClient(ctx, request, visit, form, { documents: true })
    clientId = client.id
    requireDeviceGrant(client)
    const decision = decide(await policyNow(ctx), client, undefined)
    if (decision.verdict === 'refuse') throw notAdmitted(decision.rule)
    const input = { form, client, resources: ctx.resources, admin: ctx.admin, policy: ctx.policy }
    const asked = { ...judged(input), senderKey: await senderKeyOf(ctx, request, input) }
    const now = ctx.now()
    limitDevices(ctx, visit, now)
    const wanted: DeviceRequest = {
      ...asked,
      grantId: timeOrderedId(now * 1000, ctx.random),
      clientId: client.id,
      correlation: visit.correlation,
      startedAt: now,
      expiresAt: now + LIFETIME_SECONDS,
      network: visit.network,
    }
    return await keep(ctx, visit, wanted, answerHeaders(ctx, request))
  } catch (error) {
    if (error instanceof OAuthError) ctx.audit({ ...refused('device.refused', error), ...visit, client: clientId })
    throw error
  }
}

function judged(input: CheckInput): Pick<DeviceRequest, 'resource' | 'scope' | 'authorizationDetails'> {
  const named = resource(input, {})
  if (named.resource === undefined) {
    throw new OAuthError('invalid_target', 'Several resources are served here; name one', 'resource_missing')
  }
  // A client id is no secret, and an operator who is talked into typing a code would give everything away.
  if (named.resource === input.admin.uri) {
    throw new OAuthError('invalid_target', 'The administration is not given to devices', 'device_administration')
  }
  const { authorizationDetails: details } = authorizationDetails(input, named)
  return { resource: named.resource, scope: scope(input, named).scope ?? '', authorizationDetails: details }
}

/** As at the push of a request (RFC 9449 §10.1): a proof binds what comes of it; a key that is named beside it has to be that one. */
async function senderKeyOf(ctx: AuthorityContext, request: Request, input: CheckInput): Promise<string | undefined> {
  const { senderKey: named } = dpopJkt(input, {})
  if (!request.headers.has('dpop')) return named
  const { key } = await dpop.proveAt(ctx, request, '/device_authorization')
  if (named !== undefined && named !== key) {
    throw new OAuthError('invalid_request', 'dpop_jkt is not the key of the DPoP proof', 'device_dpop_jkt')
  }
  return key
}

async function keep(
  ctx: AuthorityContext,
  visit: Visit,
  request: DeviceRequest,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const { grantId, clientId, senderKey, correlation, expiresAt } = request
  // It will be a parameter too, once somebody typed the code.
  const sealed = requireShort(sealDeviceRequest(ctx.keys.deviceCode, request, ctx.random(12)))
  for (let draws = 0; draws < MOST_DRAWS; draws++) {
    const userCode = drawUserCode(ctx.random)
    const key = userCodeKey(ctx.keys.userCode, userCode)
    const verdict = await ctx.store.devices.add({ key, sealed, expiresAt }, (outcome) =>
      outcome === 'added'
        ? {
            type: 'device.requested',
            outcome: 'allowed',
            reason: 'checks_passed',
            ...visit,
            client: clientId,
            resource: request.resource,
            grant: grantId,
            detail: { scope: request.scope },
          }
        : undefined,
    )
    if (verdict === 'taken') continue
    const code = { grantId, clientId, key, senderKey, correlation, expiresAt }
    const answer = {
      device_code: sealDeviceCode(ctx.keys.deviceCode, code, ctx.random(12)),
      user_code: userCode,
      verification_uri: `${ctx.issuer}/device`,
      verification_uri_complete: `${ctx.issuer}/device?user_code=${userCode}`,
      expires_in: LIFETIME_SECONDS,
      interval: INTERVAL_SECONDS,
    }
    return json(200, answer, headers)
  }
  throw new OAuthError('temporarily_unavailable', 'No code is free just now; try again', 'device_codes_taken')
}
