import { sha256 } from '@doorward/core/kernel/digest'
import type { StoredUser } from '../../store/store.ts'
import type { AuthorityContext, Visit } from '../context.ts'
import { backOff } from '../identity/sign-in.ts'
import { openDeviceRequest, readUserCode, userCodeKey } from '../token/device-code.ts'
import { type PendingDevice, sealToBrowser } from './pending.ts'

export type Entry =
  /** What was asked, sealed to this browser; the consent page opens it. */
  | { readonly verdict: 'found'; readonly sealed: string }
  /** `malformed` is no guess and costs nothing. */
  | { readonly verdict: 'malformed' | 'unknown' | 'answered' }
  | { readonly verdict: 'wait'; readonly seconds: number }

/** Tries from one network, and from everywhere. */
const RATE_OF_NETWORK = { burst: 20, everySeconds: 10 }
const RATE_OF_ALL = { burst: 200, everySeconds: 1 }

/**
 * A person typed a user code. RFC 8628 §5.1: guessing is slowed down by person, by network and in all, in the store and so for all
 * processes together, and every miss is an event. A try is counted before the code is looked for, so that parallel ones cannot slip through.
 */
export async function enterUserCode(
  ctx: AuthorityContext,
  visit: Visit,
  browser: string,
  user: StoredUser,
  typed: string,
): Promise<Entry> {
  const now = ctx.now()
  const userCode = readUserCode(typed)
  if (userCode === undefined) return missed('device_code_malformed', { verdict: 'malformed' })
  const person = sha256(`user codes of ${user.id}`)
  const attempt = await ctx.store.attempts.begin(person, now, backOff)
  if (attempt.verdict === 'wait') return missed('device_person_limit', { ...attempt, seconds: attempt.until - now })
  for (const [reason, key, rate] of [
    ['device_network_limit', `user codes ${visit.network}`, RATE_OF_NETWORK],
    ['device_limit_of_all', 'user codes', RATE_OF_ALL],
  ] as const) {
    const seconds = await ctx.store.attempts.take(sha256(key), now, rate)
    if (seconds === 0) continue
    await ctx.store.attempts.forgive(person)
    return missed(reason, { verdict: 'wait', seconds })
  }
  const key = userCodeKey(ctx.keys.userCode, userCode)
  const device = await ctx.store.devices.find(key, now)
  const request = device && openDeviceRequest(ctx.keys.deviceCode, device.sealed)
  if (device === undefined || request === undefined) return missed('device_code_unknown', { verdict: 'unknown' })
  if (device.answer !== undefined) return missed('device_code_answered', { verdict: 'answered' })
  await ctx.store.attempts.forgive(person)
  ctx.audit({
    type: 'device.code.entered',
    outcome: 'allowed',
    reason: 'code_known',
    ...visit,
    correlation: request.correlation,
    actor: user.id,
    client: request.clientId,
    grant: request.grantId,
  })
  const { network, expiresAt, ...asked } = request
  const pending: PendingDevice = {
    ...asked,
    issuer: ctx.issuer,
    until: expiresAt,
    freshSignIn: false,
    device: { key, userCode, network },
  }
  return {
    verdict: 'found',
    sealed: sealToBrowser(ctx.keys.pending, browser, expiresAt, pending, ctx.random(12)),
  }

  function missed<Missed extends Entry>(reason: string, entry: Missed): Missed {
    ctx.audit({ type: 'device.code.refused', outcome: 'refused', reason, ...visit, actor: user.id })
    return entry
  }
}
