import type { Driver, Transaction, Work } from './driver.ts'
import { MARK_TABLE, type Mark, READ_MARK } from './transfer/mark.ts'
import { HAS_TABLE } from './transfer/schema.ts'
import type { Engine } from './transfer/side.ts'
import { StoreClosed } from './unavailable.ts'

const LOOK_MILLISECONDS = 1000

/**
 * Lets nobody work on a database that moves elsewhere, or is not whole yet. Writing to one that moves is refused by the engine itself, at once;
 * this keeps those out who only read, within a second, and those who start.
 */
export function gated(driver: Driver, engine: Engine, nowMilliseconds: () => number): Driver {
  let lookedAt = Number.NEGATIVE_INFINITY
  let mark: Mark | undefined
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const now = nowMilliseconds()
    mark = await driver.read((tx) => find(tx, engine))
    lookedAt = now
  }

  /** Undefined where the last look is fresh enough, so that what follows goes on in the same turn. */
  function due(): Promise<void> | undefined {
    const age = nowMilliseconds() - lookedAt
    if (age >= 0 && age < LOOK_MILLISECONDS) return undefined
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function after<T>(looked: Promise<void>, go: () => Promise<T>): Promise<T> {
    await looked
    return pass(go)
  }

  function pass<T>(go: () => Promise<T>): Promise<T> {
    return mark === undefined ? go() : Promise.reject(new StoreClosed(reason(mark)))
  }

  const open = <T>(go: () => Promise<T>): Promise<T> => {
    const looked = due()
    return looked === undefined ? pass(go) : after(looked, go)
  }

  return {
    ...driver,
    read: (look) => open(() => driver.read(look)),
    write: (work, row) => open(() => driver.write(work, row)),
  }
}

function* find(tx: Transaction, engine: Engine): Work<Mark | undefined> {
  if ((yield* tx.get(HAS_TABLE[engine], MARK_TABLE)) === undefined) return undefined
  const row = yield* tx.get(READ_MARK)
  return row === undefined ? undefined : (row as unknown as Mark)
}

function reason({ state, other }: Mark): string {
  switch (state) {
    case 'leaving':
      return `This database is being moved to ${other}; serve that one when 'doorward migrate' says that it is done, or take it back with 'doorward migrate --abort'`
    case 'left':
      return `This database was moved to ${other}; serve that one, since whatever happened after is there`
    case 'filling':
    case 'filled':
      return `This database is being filled from ${other} and is not whole; run the same command again to go on`
    default:
      return state satisfies never
  }
}
