import type { AuditEvent } from './audit.ts'
import type { Seconds } from './seconds.ts'

/** Everything impure, in one small value, so that rooms never reach for a clock, a die or a log themselves. */
export interface Context {
  readonly now: () => Seconds
  readonly random: (bytes: number) => Uint8Array
  readonly audit: (event: AuditEvent) => void
}
