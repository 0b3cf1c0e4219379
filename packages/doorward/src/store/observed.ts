import type { AuditEvent } from '@doorward/core/kernel/audit'
import type { Driver } from './driver.ts'
import type { Store } from './store.ts'

/** Looks on while verbs are asked. What it does is over before the verb answers, so it does little. */
export interface StoreObserver {
  /** @param verbs what the verb belongs to, such as `grants` */
  readonly verb: <T>(verbs: string, name: string, ask: () => Promise<T>) => Promise<T>
  /** An event that is durable, as the change is that it stands beside. Told once, however often the work ran. */
  readonly committed: (event: AuditEvent) => void
}

/** A driver that tells of the events of each transaction, once it has committed. */
export function tellingDriver(driver: Driver, { committed }: StoreObserver): Driver {
  return {
    ...driver,
    write: async (work, row) => {
      let told: AuditEvent[] = []
      const result = await driver.write((tx) => {
        // The work may be run twice; what the first time said was rolled back.
        told = []
        return work({ ...tx, told })
      }, row)
      for (const event of told) committed(event)
      return result
    },
  }
}

type Verb = (...values: unknown[]) => Promise<unknown>

/** Verbs that stand by themselves are no group: their own name is. */
const ALONE = ['sweep']
/** Not asked of the database. */
const UNASKED = ['changes']

/** The same store, with somebody who looks on. */
export function observedStore(store: Store, { verb }: StoreObserver): Store {
  const watched = (group: string, name: string, ask: Verb): Verb => {
    return (...values) => verb(group, name, () => ask(...values))
  }
  const groups = Object.entries(store).map(([group, verbs]) => {
    if (UNASKED.includes(group)) return [group, verbs]
    if (typeof verbs === 'function')
      return [group, ALONE.includes(group) ? watched(group, group, verbs as Verb) : verbs]
    const each = Object.entries(verbs).map(([name, ask]) => [name, watched(group, name, ask as Verb)])
    return [group, Object.fromEntries(each)]
  })
  return Object.fromEntries(groups) as Store
}
