import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Transaction, Work } from './driver.ts'
import type { Describe } from './store.ts'

/** Writes the event of a change, if it has one, in the transaction of the change. */
export type Record = (tx: Transaction, event: AuditEvent | undefined) => void

/** Does the work of a verb, and writes what its verdict means as an event. */
export function* told<Verdict>(
  tx: Transaction,
  record: Record,
  work: Work<Verdict>,
  describe: Describe<Verdict> | undefined,
): Work<Verdict> {
  const verdict = yield* work
  const event = describe?.(verdict)
  if (event !== undefined) record(tx, event)
  return verdict
}
