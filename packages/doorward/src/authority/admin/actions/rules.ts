import type { AuditEvent, EventType } from '@doorward/core/kernel/audit'
import { OAuthError } from '@doorward/core/oauth/error'
import * as v from 'valibot'
import type { Call } from './action.ts'

/** An id of ours, or of somebody else's making: any text that is not too long. */
export const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(2048))
/** Seconds since 1970. */
export const Time = v.number()
export const MaybeTime = v.optional(Time)
export const MaybeText = v.optional(v.string())
export const Words = v.array(v.string())
export const GivenWords = v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.maxLength(50))
export const Nothing = v.object({})

/** How many of a list, and from where on: what `next` said. */
export const PAGE = {
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 100),
  after: v.optional(v.pipe(v.string(), v.maxLength(3000))),
}

export function wholeNumber(least: number, most: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
}

/** The event of something that an operator did. */
export function done(
  { visit, operator }: Call,
  type: EventType,
  more: Partial<Pick<AuditEvent, 'client' | 'resource' | 'grant' | 'reason' | 'detail'>> = {},
): AuditEvent {
  return { type, outcome: 'allowed', reason: 'operator_asked', ...visit, actor: operator.id, ...more }
}

export function unknown(what: string, id: string): never {
  throw new OAuthError('invalid_request', `There is no ${what} '${id.slice(0, 200)}'`, 'admin_unknown', { status: 404 })
}
