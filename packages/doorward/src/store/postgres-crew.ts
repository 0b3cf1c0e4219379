import type { Client } from 'pg'
import type { Transaction, Work } from './driver.ts'
import { breakOff, leave } from './postgres-connection.ts'
import { told } from './postgres-errors.ts'
import { pulse } from './postgres-pulse.ts'
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

/**
 * Connections of which each takes all that waits, as soon as it is free.
 * @param look connects anew, and rejects where the database would not do what this crew asks of it
 */
export function crew(
  most: number,
  connect: () => Promise<Client>,
  serve: (client: Client, batch: readonly Waiting[]) => Promise<void>,
  look: () => Promise<Client> = connect,
) {
  const idle: Client[] = []
  let busy = 0
  const queue: Waiting[] = []
  let ended = false
  const rest: (() => void)[] = []
  const heart = pulse(look, (client) => {
    if (ended || idle.length + busy >= most) return void leave(client)
    idle.push(kept(client))
    void turn()
  })

  /** One that breaks while nobody uses it is not found out by whoever uses it next. */
  function kept(client: Client): Client {
    client.once('end', () => {
      const at = idle.indexOf(client)
      if (at >= 0) idle.splice(at, 1)
    })
    return client
  }

  async function turn(): Promise<void> {
    if (queue.length === 0 || busy >= most) return
    busy++
    const batch = queue.splice(0, MOST_TOGETHER).filter(heart.isExpected)
    let client = idle.pop()
    try {
      client ??= kept(await connect())
      const done = heart.watch(client)
      await serve(client, batch).finally(done)
      idle.push(client)
    } catch (error) {
      // Whatever was resolved before stays so. Of the others nobody knows whether the database heard.
      for (const { reject } of batch) reject(told(error))
      if (client !== undefined) breakOff(client)
      else if (idle.length === 0 && busy === 1) heart.lost()
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
        if (heart.isSilent()) return reject(new StoreUnavailable('The database does not answer'))
        if (queue.length >= MOST_WAITING) return reject(new StoreUnavailable('Too much waits for the database'))
        const waiting: Waiting = {
          work,
          row,
          resolve: (value) => {
            answered()
            resolve(value)
          },
          reject: (error) => {
            answered()
            reject(error)
          },
        }
        const answered = heart.expect(waiting)
        queue.push(waiting)
        setImmediate(turn)
      }),
    waiting: (): number => queue.length,
    outageSeconds: heart.outageSeconds,
    end: async (): Promise<void> => {
      while (queue.length > 0 && busy < most) await turn()
      ended = true
      if (busy > 0) await new Promise<void>((resolve) => rest.push(resolve))
      heart.end()
      await Promise.all(idle.map(leave))
    },
  }
}
