import type { Outage, Transaction, Work } from './driver.ts'
import { isLost, isOfLostNames, told } from './postgres-errors.ts'
import { type Pulse, pulse } from './postgres-pulse.ts'
import { StoreUnavailable } from './unavailable.ts'

export type Kind = 'read' | 'write'

/** One verb that somebody waits for. */
export interface Waiting {
  readonly work: (tx: Transaction) => Work<unknown>
  readonly row: string | undefined
  readonly sinceMilliseconds: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly sinceTick: number
  isAnswered: boolean
  /** Its commit was sent, and nobody knows whether it was heard. */
  isUnsure: boolean
  /** It was taken up before, on a connection that was of no use. */
  isSecondTry: boolean
}

export interface CrewSettings<Connection> {
  /** Connections at most. */
  readonly most: number
  readonly nowMilliseconds: () => number
  /** @param gone is to be called where the connection ends by itself */
  readonly connect: (gone: () => void) => Promise<Connection>
  readonly end: (connection: Connection) => Promise<void>
  /** Ends it without a word. */
  readonly breakOff: (connection: Connection) => void
  /** How much came over it so far. */
  readonly bytesFrom: (connection: Connection) => number
  /** Rejects where the database answers and would not do this. */
  readonly check: Readonly<Record<Kind, (connection: Connection) => Promise<void>>>
  /** @throws where the connection is of no use any more; who has no answer by then is asked for elsewhere, or told */
  readonly serve: Readonly<Record<Kind, (connection: Connection, batch: readonly Waiting[]) => Promise<void>>>
}

const KINDS: readonly Kind[] = ['read', 'write']
/** What waits beyond this is refused: a queue that grows is a hang. */
const MOST_WAITING = 5000
/** Works in one transaction: more would make the first wait for the last. */
const MOST_TOGETHER = 200
/** Who waits no longer than this is better served together with others: a commit for many costs each of them less. */
const PATIENCE_MILLISECONDS = 20
const IDLE_MILLISECONDS = 30_000
/** A server that refused another connection is asked for one again after so long. */
const REFUSED_MILLISECONDS = 5000

interface Idle<Connection> {
  readonly connection: Connection
  readonly sinceMilliseconds: number
}

/**
 * Connections of which each takes all that waits, as soon as it is free. They become more while somebody waits for long, one at a time, and
 * fewer when there is nothing to do; where the server has none left, those that there are do the work.
 */
export function crew<Connection extends object>(settings: CrewSettings<Connection>) {
  const { most, nowMilliseconds, connect, end, breakOff, bytesFrom, check, serve } = settings
  /** The last is taken first, so that those that are not needed grow old. */
  const idle: Idle<Connection>[] = []
  const queues: Readonly<Record<Kind, Waiting[]>> = { read: [], write: [] }
  const busy: Record<Kind, number> = { read: 0, write: 0 }
  /** A few arrays; a set that is added to and taken from all day leaves its tables behind, and they hold on to what was in them. */
  const underWay: Record<Kind, (readonly Waiting[])[]> = { read: [], write: [] }
  /** Told of those that are still at work, and of others too late. */
  const gone = new WeakSet<Connection>()
  // One is left for the other kind, where there are two; transactions besides wait for each other's rows.
  const mostOf = { read: Math.max(1, most - 1), write: Math.max(1, Math.floor(most / 2)) }
  let open = 0
  let isOpening = false
  let refusedUntil = 0
  let isScheduled = false
  let ended: (() => void) | undefined
  let patience: NodeJS.Timeout | undefined

  const heart = (kind: Kind) =>
    pulse<Connection>({
      asked: () => [...underWay[kind], queues[kind]].flat(),
      look: async () => {
        const connection: Connection = await connect(() => leave(connection))
        await check[kind](connection).catch((error: unknown) => {
          breakOff(connection)
          throw error
        })
        return connection
      },
      bytesFrom,
      breakOff,
      dismiss: (connection) => void end(connection).catch(() => undefined),
      fallen: () => {
        queues[kind].length = 0
        // What else is open is as silent, and nobody is to find that out by waiting.
        for (const { connection } of idle.splice(0)) {
          open--
          breakOff(connection)
        }
      },
      back: (connection) => {
        if (open >= most || ended !== undefined) return void end(connection).catch(() => undefined)
        open++
        refusedUntil = 0
        idle.push({ connection, sinceMilliseconds: nowMilliseconds() })
        turn()
      },
    })
  const hearts: Readonly<Record<Kind, Pulse<Connection>>> = { read: heart('read'), write: heart('write') }

  const hasPatience = (kind: Kind) =>
    nowMilliseconds() - (queues[kind][0]?.sinceMilliseconds ?? 0) < PATIENCE_MILLISECONDS
  const waits = (kind: Kind) => queues[kind].length > 0 && busy[kind] < mostOf[kind] && !isBetterTogether(kind)

  /** While one commits, those that come gather for the next: a second transaction beside it would make two small ones of them. */
  function isBetterTogether(kind: Kind): boolean {
    const isRoom = queues[kind].length < MOST_TOGETHER
    return kind === 'write' && busy.write > 0 && isRoom && ended === undefined && hasPatience(kind)
  }

  function turn(): void {
    isScheduled = false
    for (let kind = next(); kind !== undefined; kind = next()) {
      const spare = idle.pop()
      if (spare === undefined) {
        if (KINDS.some(deservesMore)) void grow()
        break
      }
      void put(kind, spare.connection)
    }
    shrink()
    if (queues.write.length > 0) {
      patience ??= setTimeout(() => {
        patience = undefined
        turn()
      }, PATIENCE_MILLISECONDS).unref()
    }
    const isDone = KINDS.every((kind) => queues[kind].length === 0 && busy[kind] === 0) && !isOpening
    if (isDone) ended?.()
  }

  /** Of those that may go on, the one whose first has waited longest. */
  function next(): Kind | undefined {
    const [first, second] = KINDS.filter(waits)
    if (first === undefined || second === undefined) return first
    const since = (kind: Kind) => queues[kind][0]?.sinceMilliseconds ?? 0
    // A tie goes to those of whom fewer are at work.
    return since(first) === since(second)
      ? busy[first] <= busy[second]
        ? first
        : second
      : since(first) < since(second)
        ? first
        : second
  }

  function deservesMore(kind: Kind): boolean {
    if (isOpening || !waits(kind)) return false
    if (open === 0) return true
    return open < most && nowMilliseconds() >= refusedUntil && (busy[kind] === 0 || !hasPatience(kind))
  }

  async function grow(): Promise<void> {
    isOpening = true
    try {
      const connection: Connection = await connect(() => leave(connection))
      open++
      idle.push({ connection, sinceMilliseconds: nowMilliseconds() })
    } catch (error) {
      refusedUntil = nowMilliseconds() + REFUSED_MILLISECONDS
      if (open === 0) for (const kind of KINDS) refuse(kind, error)
    } finally {
      isOpening = false
      turn()
    }
  }

  function refuse(kind: Kind, error: unknown): void {
    for (const { reject } of queues[kind].splice(0)) reject(error)
    hearts[kind].lost()
  }

  /** It ended by itself. One that is at work tells so there. */
  function leave(connection: Connection): void {
    const place = idle.findIndex((one) => one.connection === connection)
    if (place === -1) return void gone.add(connection)
    idle.splice(place, 1)
    open--
  }

  async function put(kind: Kind, connection: Connection): Promise<void> {
    busy[kind]++
    const batch = queues[kind].splice(0, MOST_TOGETHER).filter(({ isAnswered }) => !isAnswered)
    underWay[kind].push(batch)
    const done = hearts[kind].watch(connection)
    try {
      if (batch.length > 0) await serve[kind](connection, batch)
      if (gone.has(connection)) open--
      else idle.push({ connection, sinceMilliseconds: nowMilliseconds() })
    } catch (error) {
      open--
      void end(connection).catch(() => undefined)
      again(kind, batch, error)
    } finally {
      done()
      underWay[kind].splice(underWay[kind].indexOf(batch), 1)
      gone.delete(connection)
      busy[kind]--
      turn()
    }
  }

  /** Whatever was answered stays so. What certainly changed nothing is asked once more; of the rest nobody knows. */
  function again(kind: Kind, batch: readonly Waiting[], error: unknown): void {
    const open = batch.filter(({ isAnswered }) => !isAnswered)
    const mayAgain = isLost(error) || isOfLostNames(error)
    const back = open.filter(({ isUnsure, isSecondTry }) => mayAgain && !isUnsure && !isSecondTry)
    for (const waiting of open) {
      if (!back.includes(waiting)) waiting.reject(told(error))
      waiting.isSecondTry = true
    }
    queues[kind].unshift(...back)
  }

  function shrink(): void {
    const oldest = () => idle[0]?.sinceMilliseconds ?? Number.POSITIVE_INFINITY
    while (open > 1 && nowMilliseconds() - oldest() >= IDLE_MILLISECONDS) {
      const { connection } = idle.shift() as Idle<Connection>
      open--
      void end(connection).catch(() => undefined)
    }
  }

  return {
    ask: <T>(kind: Kind, work: (tx: Transaction) => Work<T>, row?: string): Promise<T> =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(new StoreUnavailable('The store is closed'))
        if (hearts[kind].isSilent()) return reject(new StoreUnavailable('The database does not answer'))
        if (queues[kind].length >= MOST_WAITING) return reject(new StoreUnavailable('Too much waits for the database'))
        const waiting: Waiting = {
          work,
          row,
          sinceMilliseconds: nowMilliseconds(),
          resolve: (value) => {
            waiting.isAnswered = true
            resolve(value as T)
          },
          reject: (error) => {
            waiting.isAnswered = true
            reject(error)
          },
          sinceTick: hearts[kind].tick(),
          isAnswered: false,
          isUnsure: false,
          isSecondTry: false,
        }
        queues[kind].push(waiting)
        if (isScheduled) return
        isScheduled = true
        setImmediate(turn)
      }),
    waiting: (): number => queues.read.length + queues.write.length,
    /** The longer one, of reading and writing: a refresh needs both. */
    outage: (within: number): Outage | undefined => {
      const all = KINDS.map((kind) => hearts[kind].outage(within)).filter((one) => one !== undefined)
      return all.sort((a, b) => b.seconds - a.seconds)[0]
    },
    /** Answers all that waits, then closes. */
    close: async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        ended = resolve
        turn()
      })
      clearTimeout(patience)
      for (const kind of KINDS) hearts[kind].end()
      await Promise.all(idle.splice(0).map(({ connection }) => end(connection)))
    },
  }
}
