import type { Driver, Work } from './driver.ts'
import type { Record } from './recorded.ts'
import type { SweepLimits } from './store.ts'
import { BUDGETS, ENDINGS, forget, oneTooMany, sweep } from './sweep.ts'

/** Of a time that is mostly for those who ask: a step takes some milliseconds. */
const PAUSE_MILLISECONDS = 10

/** Forgets what is over, step by step, so that others come between; each step is a transaction. Returns how many rows went. */
export async function sweepAll(
  driver: Driver,
  record: Record,
  limits: SweepLimits,
  isClosed: () => boolean,
): Promise<number> {
  let gone = 0
  /** Each step goes on where the one before ended. */
  async function stepByStep<Key>(
    first: Key,
    step: (after: Key) => Promise<{ readonly gone: number; readonly upTo: Key | undefined }>,
  ): Promise<void> {
    for (let after: Key | undefined = first; after !== undefined && !isClosed(); ) {
      const done: { readonly gone: number; readonly upTo: Key | undefined } = await step(after)
      gone += done.gone
      after = done.upTo
      if (after !== undefined) await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS))
    }
  }
  for (const ending of ENDINGS)
    await stepByStep('', (after) =>
      driver.write((tx) => sweep(tx, ending, after, limits, (event): Work<void> => record(tx, event))),
    )
  for (const which of BUDGETS) {
    const last = await driver.read((tx) => oneTooMany(tx, which, limits.mostEvents))
    if (last !== undefined) await stepByStep(0, (after) => driver.write((tx) => forget(tx, which, after, last)))
  }
  if (!isClosed()) await driver.tidy()
  return gone
}
