import { sequence } from './open-loop.ts'

/** A deployment in figures: what was measured of one process, and how many there are. Milliseconds, where nothing else is said. */
export interface Cluster {
  readonly seconds: number
  readonly perSecond: number
  readonly nodes: number
  /** CPU of one refresh in a node, which has one core. */
  readonly nodeMilliseconds: number
  /** Databases, each with its own processors and its own log; a grant lives in one, by its id. */
  readonly databases: number
  readonly databaseCores: number
  readonly databaseMilliseconds: number
  readonly commitMilliseconds: number
  readonly roundTripMilliseconds: number
  /** Before the transaction, and in it. */
  readonly readTrips: number
  readonly writeTrips: number
  readonly nodeLost?: { readonly at: number; readonly detectedAfter: number } | undefined
  /** One of them. */
  readonly slowDatabase?: { readonly from: number; readonly to: number; readonly factor: number } | undefined
}

export interface Outcome {
  readonly answered: number
  /** Of all that came: those that were told to come back (503). */
  readonly refused: number
  readonly mean: number
  readonly p50: number
  readonly p99: number
  /** p99 of each second in which they were answered. */
  readonly p99BySecond: readonly number[]
  readonly nodeBusy: number
  readonly databaseBusy: number
  /** Refreshes that one write of a log makes durable. */
  readonly together: number
}

// As the driver has them (store/postgres.ts).
const WRITERS = 2
const MOST_TOGETHER = 200
const MOST_WAITING = 5000
const RETRY_MILLISECONDS = 1000

type Act = () => void

/**
 * Event by event: a request waits for its node's core, reads, joins the next transaction of its node at its database, which waits for a core of
 * that and then for the next write of the log, which all that are ready share. Chance is the same each time.
 */
export function simulate(cluster: Cluster): Outcome {
  const clock = agenda()
  // Of their own, so that the same come whatever befalls them.
  const [arrivals, random] = [sequence(41), sequence(42)]
  const nodes = Array.from({ length: cluster.nodes }, () => ({ core: station(clock, 1), isLost: false }))
  const databases = Array.from({ length: cluster.databases }, (_, i) =>
    database(clock, cluster, i === 0 ? cluster.slowDatabase : undefined),
  )
  const crews = nodes.map(() => databases.map(() => ({ waiting: [] as Act[], busy: 0 })))
  const latencies: number[] = []
  const bySecond: number[][] = Array.from({ length: cluster.seconds + 1 }, () => [])
  let refused = 0
  // The one that is lost is the first; once that is known, nobody is sent there.
  let firstOpen = 0

  function arrive(at: number, database: number): void {
    const chosen = firstOpen + Math.floor(random() * (nodes.length - firstOpen))
    const node = nodes[chosen] as (typeof nodes)[number]
    if (node.isLost) {
      clock.after(RETRY_MILLISECONDS, () => arrive(at, database))
      return
    }
    node.core.serve(cluster.nodeMilliseconds, () =>
      clock.after(cluster.readTrips * cluster.roundTripMilliseconds, () => join(at, chosen, database)),
    )
  }

  function join(at: number, node: number, which: number): void {
    const crew = crews[node]?.[which] as { waiting: Act[]; busy: number }
    if (crew.waiting.length >= MOST_WAITING) {
      refused++
      return
    }
    crew.waiting.push(() => {
      const now = clock.now()
      latencies.push(now - at)
      bySecond[Math.min(cluster.seconds, Math.floor(now / 1000))]?.push(now - at)
    })
    turn(crew, which)
  }

  function turn(crew: { waiting: Act[]; busy: number }, which: number): void {
    if (crew.waiting.length === 0 || crew.busy >= WRITERS) return
    crew.busy++
    const batch = crew.waiting.splice(0, MOST_TOGETHER)
    clock.after(cluster.writeTrips * cluster.roundTripMilliseconds, () =>
      databases[which]?.commit(batch.length, () => {
        for (const answer of batch) answer()
        crew.busy--
        turn(crew, which)
      }),
    )
  }

  const end = cluster.seconds * 1000
  let next = 0
  function generate(): void {
    next += (-Math.log(1 - arrivals()) / cluster.perSecond) * 1000
    if (next > end) return
    const at = next
    const which = Math.floor(arrivals() * cluster.databases)
    clock.at(at, () => {
      arrive(at, which)
      generate()
    })
  }
  generate()
  const { nodeLost } = cluster
  const first = nodes[0] as (typeof nodes)[number]
  if (nodeLost !== undefined) {
    clock.at(nodeLost.at * 1000, () => {
      first.isLost = true
    })
    clock.at((nodeLost.at + nodeLost.detectedAfter) * 1000, () => {
      firstOpen = 1
    })
  }
  // What came is answered, unless it takes as long again.
  clock.run(end * 2)
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    answered: latencies.length,
    refused,
    mean: mean(latencies),
    p50: at(0.5),
    p99: at(0.99),
    p99BySecond: bySecond.map((second) => second.sort((a, b) => a - b)[Math.floor(second.length * 0.99)] ?? 0),
    nodeBusy: mean(nodes.map(({ core }) => core.busyMilliseconds())) / end,
    databaseBusy: mean(databases.map(({ cores }) => cores.busyMilliseconds())) / end / cluster.databaseCores,
    together: latencies.length / databases.reduce((sum, { writes }) => sum + writes(), 0),
  }
}

/** Its processors, and a log that is written by one at a time for all that wait. */
function database(clock: Agenda, cluster: Cluster, slow: Cluster['slowDatabase']) {
  const cores = station(clock, cluster.databaseCores)
  let ready: Act[] = []
  let isWriting = false
  let written = 0
  function write(): void {
    if (isWriting || ready.length === 0) return
    isWriting = true
    const together = ready
    ready = []
    const seconds = clock.now() / 1000
    const isSlow = slow !== undefined && seconds >= slow.from && seconds < slow.to
    const milliseconds = cluster.commitMilliseconds * (isSlow ? slow.factor : 1)
    written++
    clock.after(milliseconds, () => {
      isWriting = false
      for (const done of together) done()
      write()
    })
  }
  return {
    cores,
    writes: () => written,
    commit: (statements: number, done: Act): void =>
      cores.serve(statements * cluster.databaseMilliseconds, () => {
        ready.push(done)
        write()
      }),
  }
}

/** So many servers and one queue. */
function station(clock: Agenda, servers: number) {
  const queue: { readonly milliseconds: number; readonly done: Act }[] = []
  let head = 0
  let busy = 0
  let sum = 0
  function next(): void {
    while (busy < servers && head < queue.length) {
      const { milliseconds, done } = queue[head] as (typeof queue)[number]
      if (++head > 1024 && head * 2 > queue.length) {
        queue.splice(0, head)
        head = 0
      }
      busy++
      sum += milliseconds
      clock.after(milliseconds, () => {
        busy--
        done()
        next()
      })
    }
  }
  return {
    busyMilliseconds: () => sum,
    serve: (milliseconds: number, done: Act): void => {
      queue.push({ milliseconds, done })
      next()
    },
  }
}

interface Agenda {
  now(): number
  at(moment: number, act: Act): void
  after(milliseconds: number, act: Act): void
  run(until: number): void
}

/** What is to happen, the earliest first (a binary heap). */
function agenda(): Agenda {
  const moments: number[] = []
  const acts: Act[] = []
  let now = 0
  function swap(a: number, b: number): void {
    ;[moments[a], moments[b]] = [moments[b] as number, moments[a] as number]
    ;[acts[a], acts[b]] = [acts[b] as Act, acts[a] as Act]
  }
  function at(moment: number, act: Act): void {
    let i = moments.push(moment) - 1
    acts.push(act)
    while (i > 0) {
      const above = (i - 1) >> 1
      if ((moments[above] as number) <= moment) return
      swap(i, above)
      i = above
    }
  }
  function take(): Act {
    const act = acts[0] as Act
    const [lastMoment, lastAct] = [moments.pop() as number, acts.pop() as Act]
    if (moments.length === 0) return act
    moments[0] = lastMoment
    acts[0] = lastAct
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < moments.length && (moments[left] as number) < (moments[least] as number)) least = left
      if (right < moments.length && (moments[right] as number) < (moments[least] as number)) least = right
      if (least === i) return act
      swap(i, least)
      i = least
    }
  }
  return {
    now: () => now,
    at,
    after: (milliseconds, act) => at(now + milliseconds, act),
    run: (until) => {
      while (moments.length > 0 && (moments[0] as number) <= until) {
        now = moments[0] as number
        take()()
      }
    },
  }
}
