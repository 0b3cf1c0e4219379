import type { Client } from 'pg'
import type { Transaction, Work } from './driver.ts'
import { isLost, unavailable } from './postgres-errors.ts'
import { StoreUnavailable } from './unavailable.ts'

export interface Waiting {
  readonly work: (tx: Transaction) => Work<unknown>
  readonly row: string | undefined
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** What waits beyond this is refused: a queue that grows is a hang. */
const MOST_WAITING = 5000
/** Works in one transaction: more would make the first wait for the last. */
const MOST_TOGETHER = 200

/** Connections of which each takes all that waits, as soon as it is free. */
export function crew(
  most: number,
  connect: () => Promise<Client>,
  serve: (client: Client, batch: readonly Waiting[]) => Promise<void>,
) {
  const idle: Client[] = []
  let busy = 0
  const queue: Waiting[] = []
  let ended = false
  const rest: (() => void)[] = []

  async function turn(): Promise<void> {
    if (queue.length === 0 || busy >= most) return
    busy++
    const batch = queue.splice(0, MOST_TOGETHER)
    let client = idle.pop()
    try {
      client ??= await connect()
      await serve(client, batch)
      idle.push(client)
    } catch (error) {
      // Whatever was resolved before stays so. Of the others nobody knows whether the database heard.
      for (const { reject } of batch) reject(isLost(error) ? unavailable(error) : error)
      await client?.end().catch(() => undefined)
    } finally {
      busy--
      if (ended && busy === 0) for (const go of rest) go()
      void turn()
    }
  }

  return {
    ask: <T>(work: (tx: Transaction) => Work<T>, row: string | undefined): Promise<T> =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new StoreUnavailable('The store is closed'))
        if (queue.length >= MOST_WAITING) return reject(new StoreUnavailable('Too much waits for the database'))
        queue.push({ work, row, resolve, reject })
        setImmediate(turn)
      }),
    end: async (): Promise<void> => {
      while (queue.length > 0 && busy < most) await turn()
      ended = true
      if (busy > 0) await new Promise<void>((resolve) => rest.push(resolve))
      await Promise.all(idle.map((client) => client.end()))
    },
  }
}
