import type { Outage } from './driver.ts'
import { isFull } from './postgres-errors.ts'
import { StoreUnavailable } from './unavailable.ts'

const TICK_MILLISECONDS = 1000 // A second, as far as anybody here counts.
/** A connection at work from which nothing came for so long is doubted. */
const QUIET_TICKS = 2
/** Whoever asked gets an answer within so long, and be it that there is none. */
const ANSWER_TICKS = 10
/** How long it may have been silent before that was certain: until it was doubted, and the last try to connect. */
const DOUBT_SECONDS = 8
/** What was sent before that may be done by the database a little later. */
const LATE_SECONDS = 2
const SEARCH_MILLISECONDS = 500

interface Asked {
  readonly reject: (error: unknown) => void
}

/** Whether the database answers, as far as its connections know. */
export interface Pulse<Connection> {
  /** Nobody waits for a database that is known not to answer. */
  readonly isSilent: () => boolean
  /** Whoever asks is refused in time, and at once where the database turns out to be silent. Returns what ends that. */
  readonly expect: (asked: Asked) => () => void
  readonly isExpected: (asked: Asked) => boolean
  /** A connection has something to do. Returns what says that it has done it. */
  readonly watch: (connection: Connection) => () => void
  /** There is no connection, and none could be had. */
  readonly lost: () => void
  /** When it was silent last, where it is or was until less than `within` seconds ago. */
  readonly outage: (within: number) => Outage | undefined
  readonly end: () => void
}

export interface PulseSettings<Connection> {
  /** Connects anew and asks; rejects where there is no good answer in time. */
  readonly look: () => Promise<Connection>
  readonly bytesFrom: (connection: Connection) => number
  readonly breakOff: (connection: Connection) => void
  /** One that has answered, and is not needed. */
  readonly dismiss: (connection: Connection) => void
  /** The database has become silent, and everybody was told. */
  readonly fallen: () => void
  /** It answers again, over this connection. */
  readonly back: (connection: Connection) => void
}

/**
 * Tells a database that is slow from one that is not there. A network that swallows packets closes no connection for a quarter of an
 * hour; so a connection that is quiet while it should answer is doubted, and the database asked over another. Where that does
 * not answer either, everybody is refused, at once from then on, and one search goes on until it answers.
 */
export function pulse<Connection>(settings: PulseSettings<Connection>): Pulse<Connection> {
  const { look, bytesFrom, breakOff, dismiss, fallen, back } = settings
  const asked = new Map<Asked, number>()
  const working = new Map<Connection, { bytes: number; quiet: number }>()
  let ticks = 0
  let ticker: NodeJS.Timeout | undefined
  let pause: NodeJS.Timeout | undefined
  let hasWorked = false
  let silent = false
  /** The ticks between which it was silent last. */
  const outage = { from: 0, until: Number.NEGATIVE_INFINITY }
  let doubting = false
  let ended = false

  function tick(): void {
    // Whoever opens a database may have to wait until its tables are made.
    if (!hasWorked) return
    ticks++
    for (const [one, since] of asked) {
      if (ticks - since <= ANSWER_TICKS) break
      asked.delete(one)
      one.reject(new StoreUnavailable('The database takes too long'))
    }
    let isQuiet = false
    for (const [connection, heard] of working) {
      const bytes = bytesFrom(connection)
      heard.quiet = bytes === heard.bytes ? heard.quiet + 1 : 0
      heard.bytes = bytes
      if (heard.quiet >= QUIET_TICKS) isQuiet = true
    }
    if (isQuiet && !doubting && !silent) void doubt()
  }

  async function doubt(): Promise<void> {
    doubting = true
    try {
      dismiss(await look())
      for (const heard of working.values()) heard.quiet = 0
    } catch (error) {
      // One that takes no more connections is there.
      if (!isFull(error)) fall()
    } finally {
      doubting = false
    }
  }

  function fall(): void {
    if (silent || ended) return
    silent = true
    outage.from = ticks - DOUBT_SECONDS
    for (const { reject } of asked.keys()) reject(new StoreUnavailable('The database does not answer'))
    asked.clear()
    for (const connection of working.keys()) breakOff(connection)
    fallen()
    search()
  }

  function search(): void {
    pause = setTimeout(async () => {
      try {
        const connection = await look()
        silent = false
        outage.until = ticks
        back(connection)
      } catch {
        if (!ended) search()
      }
    }, SEARCH_MILLISECONDS).unref()
  }

  return {
    isSilent: () => silent,
    expect: (one) => {
      ticker ??= setInterval(tick, TICK_MILLISECONDS).unref()
      asked.set(one, ticks)
      return () => void asked.delete(one)
    },
    isExpected: (one) => asked.has(one),
    watch: (connection) => {
      hasWorked = true
      working.set(connection, { bytes: bytesFrom(connection), quiet: 0 })
      return () => void working.delete(connection)
    },
    lost: fall,
    outage: (within) => {
      if (!silent && ticks - outage.until >= within) return undefined
      const until = silent ? ticks : outage.until
      return { seconds: until - outage.from, ago: ticks - (outage.from + DOUBT_SECONDS + LATE_SECONDS) }
    },
    end: () => {
      ended = true
      clearInterval(ticker)
      clearTimeout(pause)
    },
  }
}
