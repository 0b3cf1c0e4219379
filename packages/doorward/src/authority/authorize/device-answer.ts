import type { AuditEvent } from '@doorward/core/kernel/audit'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { NewGrant, StoredUser } from '../../store/store.ts'
import type { AuthorityContext } from '../context.ts'
import { keepToLess } from './answered-again.ts'
import { REDIRECTED } from './destination.ts'
import type { PendingDevice } from './pending.ts'

/**
 * What a person said to a device, kept until it asks. The first answer counts; sent twice, the same one leads to the same page, and leaves the
 * device no more than it says.
 * @param grant undefined where they declined
 */
export async function answerDevice(
  ctx: AuthorityContext,
  { device }: PendingDevice,
  user: StoredUser,
  event: AuditEvent,
  grant: NewGrant | undefined,
): Promise<Response> {
  const at = { now: ctx.now(), by: user.id, grant }
  const verdict = await ctx.store.devices.answer(device.key, at, (outcome) =>
    outcome === 'answered' ? event : undefined,
  )
  switch (verdict) {
    case 'answered':
    case 'repeated':
      if (verdict === 'repeated' && grant !== undefined) await keepToLess(ctx, event, grant)
      return new Response(null, {
        status: 303,
        headers: {
          location: `${ctx.issuer}/device/${grant === undefined ? 'denied' : 'approved'}`,
          ...REDIRECTED,
        },
      })
    case 'taken':
      return refuse('This code was answered before', 'device_code_answered')
    case 'expired':
      return refuse('This code has expired', 'device_code_expired')
    default:
      return verdict satisfies never
  }
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_request', description, reason)
}
