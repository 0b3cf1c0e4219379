import type { Driver } from './driver.ts'
import type { Record } from './recorded.ts'
import type { SweepLimits } from './store.ts'
import { BUDGETS, ENDINGS, forget, lookBack, sweep, type WayBack } from './sweep.ts'

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
      if (after !== undefined) await pause()
    }
  }
  for (const ending of ENDINGS)
    await stepByStep('', (after) =>
      driver.write((tx) => sweep(tx, ending, after, limits, (event) => record(tx, event))),
    )
  for (const which of BUDGETS) {
    const last = await oneTooMany(which)
    if (last !== undefined) await stepByStep(0, (after) => driver.write((tx) => forget(tx, which, after, last)))
  }
  while (!isClosed() && (await driver.tidy())) await pause()
  return gone

  /** The newest event of a budget that is too many; undefined where there is none. */
  async function oneTooMany(which: string): Promise<number | undefined> {
    let at: WayBack = { before: Number.MAX_SAFE_INTEGER, left: limits.mostEvents }
    while (!isClosed()) {
      const from = at
      const { tooMany, next } = await driver.read((tx) => lookBack(tx, which, from))
      if (next === undefined) return tooMany
      at = next
      await pause()
    }
    return undefined
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS))
