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

export interface Asked {
  readonly reject: (error: unknown) => void
  readonly isAnswered: boolean
  /** What the pulse counted when it was asked. */
  readonly sinceTick: number
}

/** Whether the database answers, as far as its connections know. */
export interface Pulse<Connection> {
  /** Nobody waits for a database that is known not to answer. */
  readonly isSilent: () => boolean
  /** For whoever asks now: they are refused in time, and at once where the database turns out to be silent. */
  readonly tick: () => number
  /** A connection has something to do. Returns what says that it has done it. */
  readonly watch: (connection: Connection) => () => void
  /** There is no connection, and none could be had. */
  readonly lost: () => void
  /** When it was silent last, where it is or was until less than `within` seconds ago. */
  readonly outage: (within: number) => Outage | undefined
  readonly end: () => void
}

export interface PulseSettings<Connection> {
  /** All that wait for an answer. Looked at once a second, so that nothing has to be done for each. */
  readonly asked: () => Iterable<Asked>
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
  const { asked, look, bytesFrom, breakOff, dismiss, fallen, back } = settings
  const working: { readonly connection: Connection; bytes: number; quiet: number }[] = []
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
    refuse('The database takes too long', ({ sinceTick }) => ticks - sinceTick > ANSWER_TICKS)
    let isQuiet = false
    for (const heard of working) {
      const bytes = bytesFrom(heard.connection)
      heard.quiet = bytes === heard.bytes ? heard.quiet + 1 : 0
      heard.bytes = bytes
      if (heard.quiet >= QUIET_TICKS) isQuiet = true
    }
    if (isQuiet && !doubting && !silent) void doubt()
  }

  function refuse(why: string, isMeant: (one: Asked) => boolean): void {
    for (const one of asked()) if (!one.isAnswered && isMeant(one)) one.reject(new StoreUnavailable(why))
  }

  async function doubt(): Promise<void> {
    doubting = true
    try {
      dismiss(await look())
      for (const heard of working) heard.quiet = 0
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
    refuse('The database does not answer', () => true)
    for (const { connection } of working) breakOff(connection)
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
    tick: () => {
      ticker ??= setInterval(tick, TICK_MILLISECONDS).unref()
      return ticks
    },
    watch: (connection) => {
      hasWorked = true
      const heard = { connection, bytes: bytesFrom(connection), quiet: 0 }
      working.push(heard)
      return () => void working.splice(working.indexOf(heard), 1)
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
