// A deployment for a hundred million grants, from what was measured of one process: npm run bench:simulation
import { type Cluster, type Outcome, simulate } from './cluster.ts'
import { markdown, measured, putSection } from './document.ts'
import type { Measured } from './load.ts'
import type { Latencies } from './open-loop.ts'

const PAGE = new URL('../docs/scaling.md', import.meta.url)
const GRANTS = 100_000_000
const PER_SECOND = 20_000
const SECONDS = 12
/** Of what a core can; the rest is for when one is lost. */
const BUSY = 0.6
/** Between processes of one zone. */
const NEAR_MILLISECONDS = 0.3
const REGION_MILLISECONDS = 70
/** Reads of a refresh before its transaction begins. */
const READ_TRIPS = 1

interface Race {
  readonly circumstances: string
  readonly contenders: Readonly<Record<string, { readonly refresh: Measured }>>
  readonly underLoad: readonly {
    readonly name: string
    readonly saturated: number
    readonly turns: readonly Latencies[]
  }[]
}
interface Growth {
  readonly distance: { readonly trips: number; readonly aloneMilliseconds: number }
  readonly rows: readonly {
    readonly engine: string
    readonly grants: number
    readonly cpuMilliseconds: number
    readonly besideMilliseconds: number
    readonly used: { readonly table: number; readonly indices: number }
    readonly logged?: number
  }[]
}

const race = measured<Race>('peers', 'bench:peers')
const growth = measured<Growth>('growth', 'bench:growth')
const largest = growth.rows.filter(({ engine }) => engine === 'PostgreSQL').at(-1)
const near = race.contenders['Doorward, PostgreSQL']?.refresh
if (largest === undefined || near === undefined) throw new Error('bench/measured.json has no figures of PostgreSQL')
const alone = growth.distance.aloneMilliseconds
const nodeMilliseconds = largest.cpuMilliseconds
const databaseMilliseconds = largest.besideMilliseconds
// What is left of a refresh that nobody disturbs, when the work of both sides is taken away: the disk.
const commitMilliseconds = Math.max(0.2, alone - near.cpuMilliseconds - near.besideMilliseconds)
const nodes = Math.ceil((PER_SECOND * nodeMilliseconds) / 1000 / BUSY)
const databaseCores = Math.ceil((PER_SECOND * databaseMilliseconds) / 1000 / BUSY)

const base: Cluster = {
  seconds: SECONDS,
  perSecond: PER_SECOND,
  nodes,
  nodeMilliseconds,
  databases: 1,
  databaseCores,
  databaseMilliseconds,
  commitMilliseconds,
  roundTripMilliseconds: NEAR_MILLISECONDS,
  readTrips: READ_TRIPS,
  writeTrips: Math.max(1, Math.round(growth.distance.trips) - READ_TRIPS),
}

const slow = { from: 4, to: 8, factor: 50 }
const lost = { at: 4, detectedAfter: 3 }
const SCENARIOS: readonly (readonly [string, Cluster])[] = [
  ['as it should be', base],
  ['fewer nodes', { ...base, nodes: Math.floor(nodes * 0.75) }],
  ['fewer processors than the database keeps busy', { ...base, databaseCores: short(base) }],
  ['a node lost, noticed after 3 s', { ...base, nodeLost: lost }],
  ['each commit takes 50 times as long, for 4 s', { ...base, slowDatabase: slow }],
  ['the same where grants lie in 8 databases by their id', split(8, { ...base, slowDatabase: slow })],
  ['the database in another region', { ...base, roundTripMilliseconds: REGION_MILLISECONDS }],
]

const text = [deployment(), scenarios(), fanOut(), checked()].join('\n\n')
process.stdout.write(`${text}\n`)
putSection('simulation', text, PAGE)

/** The same processors, in several databases. */
function split(databases: number, cluster: Cluster): Cluster {
  return { ...cluster, databases, databaseCores: Math.max(1, Math.round(cluster.databaseCores / databases)) }
}

function short({ perSecond, databaseMilliseconds }: Cluster): number {
  return Math.max(1, Math.floor(((perSecond * databaseMilliseconds) / 1000) * (2 / 3)))
}

function deployment(): string {
  const each = largest?.used ?? { table: 0, indices: 0 }
  const rows = [
    [
      'CPU of a refresh, node',
      `${nodeMilliseconds.toFixed(2)} ms`,
      `${nodes} workers of one core, at most ${BUSY * 100} % busy`,
    ],
    [
      'CPU of a refresh, database',
      `${databaseMilliseconds.toFixed(2)} ms`,
      `${((PER_SECOND * databaseMilliseconds) / 1000).toFixed(1)} cores busy; ${databaseCores} taken`,
    ],
    ['a commit', `${commitMilliseconds.toFixed(1)} ms`, 'shared by all that wait for it'],
    [
      'a grant on the disk',
      `${(each.table + each.indices).toFixed(0)} bytes`,
      `${(((each.table + each.indices) * GRANTS) / 1e9).toFixed(0)} GB, of which ${((each.indices * GRANTS) / 1e9).toFixed(0)} GB indices`,
    ],
    [
      'log of a refresh',
      `${(largest?.logged ?? 0).toFixed(0)} bytes`,
      `${(((largest?.logged ?? 0) * PER_SECOND) / 1e6).toFixed(0)} MB a second, before compression`,
    ],
    [
      'round trips of a refresh',
      growth.distance.trips.toFixed(1),
      `${(growth.distance.trips * NEAR_MILLISECONDS).toFixed(1)} ms within a zone, ${(growth.distance.trips * REGION_MILLISECONDS).toFixed(0)} ms to a region ${REGION_MILLISECONDS} ms away`,
    ],
  ]
  return `Measured (${race.circumstances}), and what it comes to with ${GRANTS.toLocaleString('en')} grants and ${PER_SECOND.toLocaleString('en')} refreshes a second:\n\n${markdown(['what', 'of one', 'of all'], rows)}`
}

function scenarios(): string {
  const rows = SCENARIOS.map(([name, cluster]) => {
    const outcome = simulate(cluster)
    return [
      name,
      `${cluster.nodes}`,
      `${cluster.databases} × ${cluster.databaseCores}`,
      outcome.p50.toFixed(0),
      outcome.p99.toFixed(0),
      Math.max(...outcome.p99BySecond).toFixed(0),
      `${answeredShare(outcome, cluster).toFixed(1)} %`,
      `${(outcome.nodeBusy * 100).toFixed(0)} %`,
      `${(outcome.databaseBusy * 100).toFixed(0)} %`,
      outcome.together.toFixed(0),
    ]
  })
  return markdown(
    [
      'simulated',
      'nodes',
      'databases × cores',
      'p50 ms',
      'p99 ms',
      'worst second',
      'answered',
      'nodes busy',
      'databases busy',
      'share a commit',
    ],
    rows,
  )
}

function answeredShare({ answered, refused }: Outcome, { perSecond, seconds }: Cluster): number {
  const came = Math.max(answered + refused, perSecond * seconds * 0.99)
  return (answered / came) * 100
}

/** What everybody reads, by how many grants end: the size of the list, and how long a token lives when the list is full. */
function fanOut(): string {
  const [tokenSeconds, windowSeconds, mostListed, followers, bytesEach] = [600, 2400, 5000, 10_000, 34]
  const rows = [0.1, 0.5, 2, 5, 20, 100].map((ended) => {
    const listed = Math.min(mostListed, ended * windowSeconds)
    const life = Math.min(tokenSeconds, mostListed / ended)
    // Changed by what ended, and by the time in it, each five seconds.
    const fetched = Math.min(1, ended + 0.2)
    const refreshes = (PER_SECOND * tokenSeconds) / life
    return [
      `${ended}`,
      listed.toFixed(0),
      `${((listed * bytesEach) / 1000).toFixed(0)} KB`,
      `${((listed * bytesEach * fetched * followers * 8) / 1e9).toFixed(1)} Gbit/s`,
      `${life.toFixed(0)} s`,
      Math.round(refreshes).toLocaleString('en'),
    ]
  })
  return markdown(
    [
      'grants ended a second',
      'listed',
      'the feed',
      `to ${followers.toLocaleString('en')} followers`,
      'a token lives',
      'refreshes a second',
    ],
    rows,
  )
}

/** The model beside what was measured of one process and its database on this machine. */
function checked(): string {
  const own = race.underLoad.find(({ name }) => name === 'Doorward, PostgreSQL')
  const turn = own?.turns[Math.floor((own?.turns.length ?? 0) / 2)]
  if (turn === undefined) throw new Error('bench/measured.json has no latencies of PostgreSQL')
  const one = simulate({
    ...base,
    nodes: 1,
    nodeMilliseconds: near?.cpuMilliseconds ?? 0,
    databaseMilliseconds: near?.besideMilliseconds ?? 0,
    databaseCores: 1,
    roundTripMilliseconds: 0.05,
    perSecond: turn.perSecond,
    seconds: 20,
  })
  const rows = [
    ['measured', turn.perSecond.toFixed(0), turn.p50Milliseconds.toFixed(1), turn.p99Milliseconds.toFixed(1)],
    ['simulated', turn.perSecond.toFixed(0), one.p50.toFixed(1), one.p99.toFixed(1)],
  ]
  return `One process and its database, at 70 % of what they can:\n\n${markdown(['one node', 'refreshes a second', 'p50 ms', 'p99 ms'], rows)}`
}
