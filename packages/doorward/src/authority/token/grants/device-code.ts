import { narrowAuthorizationDetails } from '@doorward/core/oauth/authorization-details'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredDevice } from '../../../store/device.ts'
import { signInClaims } from '../../identity/session.ts'
import { type DeviceCode, openDeviceCode, requireDeviceGrant } from '../device-code.ts'
import { countPoll } from '../polling.ts'
import { redeemGrant } from '../redeem-grant.ts'
import { type Grant, type GrantRequest, type GrantType, grantType } from './grant.ts'
import { detailsLeft, requireLive, requireSameResource, requireScope, requireSender } from './rules.ts'

/** RFC 8628 §3.4: a device asks until the person has answered. Asking writes nothing. */
const grant: Grant<DeviceCode> = {
  type: DEVICE_GRANT,

  read: async (ctx, request) => {
    const { client, form, now } = request
    const code = openDeviceCode(ctx.keys.deviceCode, form.require('device_code'))
    if (code === undefined) return refuse('The device_code was not issued here', 'device_code_foreign')
    requireDeviceGrant(client)
    if (code.clientId !== client.id)
      refuse('The device_code was issued to another client', 'device_code_of_another_client')
    if (!isHolder(request, code)) {
      refuse('The device_code is bound to a key, and this request does not prove it', 'sender_key_differs')
    }
    // Nobody else makes its holder wait.
    const wait = countPoll(ctx.polls, code.grantId, now)
    if (wait > 0) {
      throw new OAuthError('slow_down', `Leave ${wait} seconds between requests`, 'device_polled_too_fast')
    }
    // There from when the person agreed.
    const isAnswered = (await ctx.store.grants.find(code.grantId)) !== undefined
    if (!isAnswered) refuseUnanswered(code, await ctx.store.devices.find(code.key, now), now)
    return code
  },

  judge: (ctx, { client, form, now, sender }, code, grant) => {
    requireSameResource(form, grant)
    // One that was used before goes on: the verdict revokes what came of it.
    if (grant.generation === 0) {
      if (code.expiresAt <= now) throw expired()
      requireLive(grant, now)
      requireSender(grant, client, sender)
    }
    return {
      grantId: grant.id,
      userId: grant.userId,
      clientId: client.id,
      resource: grant.resource,
      scope: grant.generation === 0 ? requireScope(ctx, client, grant) : grant.scope,
      authorizationDetails: narrowAuthorizationDetails(detailsLeft(ctx, grant), form.get('authorization_details')),
      generation: 1,
      signIn: signInClaims(grant.authentication),
      sender,
      notAfter: grant.endsAt,
      notBefore: grant.narrowedAt,
    }
  },

  spend: (ctx, visit, request, code, hearing) =>
    redeemGrant(ctx, visit, request, code.grantId, hearing, {
      flow: code.correlation,
      redeemed: 'device_code_redeemed',
      reused: () => bad('The device_code was used before; everything issued from it is revoked', 'device_code_reused'),
      expired,
    }),
}

function refuseUnanswered(code: DeviceCode, device: StoredDevice | undefined, now: number): never {
  if (code.expiresAt <= now || device === undefined) throw expired()
  if (device.answer === 'denied') throw new OAuthError('access_denied', 'The person declined', 'device_denied')
  throw new OAuthError('authorization_pending', 'The person has not answered yet', 'device_pending')
}

/** No other client and, where a key was shown at the start, nobody without that. */
function isHolder({ client, shown }: GrantRequest, code: DeviceCode): boolean {
  return code.clientId === client.id && (code.senderKey === undefined || code.senderKey === shown?.sender.key)
}

export const deviceCode = {
  ...grantType(grant),
  isOffered: ({ policy }) => policy.deviceAuthorization === 'allow',
  isForUnseen: true,
} satisfies GrantType

function expired(): OAuthError {
  return new OAuthError('expired_token', 'The device_code has expired; start again', 'device_code_expired')
}

function bad(description: string, reason: Reason): OAuthError {
  return new OAuthError('invalid_grant', description, reason)
}

function refuse(description: string, reason: Reason): never {
  throw bad(description, reason)
}
