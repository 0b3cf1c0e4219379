// What a refresh costs with ten thousand, a million and ten million live grants, and what a grant takes of the disk:
// npm run bench:growth
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../packages/doorward/src/store/index.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { endWithUs } from './contenders.ts'
import { type Distance, distance } from './distance.ts'
import { circumstances, isWhole, keepMeasured, markdown, putSection } from './document.ts'
import { type Estate, openEstate, type Sizes } from './estate.ts'
import { MOST_IN_PLACE } from './fill.ts'
import { type Measured, measureForSeconds } from './load.ts'

const SIZES = (process.env.BENCH_GRANTS ?? '10000,1000000,10000000').split(',').map(Number)
/** Warm is what was refreshed once: the first change of a page after a checkpoint logs all of it, which stands in a column of its own. */
const SLICES = { warmSeconds: 15, turns: 6, turnSeconds: 1.5 }
/** With room for the log, and for what is written while a database is filled. */
const BYTES_EACH = 1200
const LOG_SECONDS = 3
/** As docs/postgres.md says for a database of this size; a server that nobody has set comes with 128 MB, whatever the machine has. */
const POSTGRES = [
  `shared_buffers=${Math.floor(totalmem() / 4 / 2 ** 20)}MB`,
  'checkpoint_timeout=30min',
  'max_wal_size=16GB',
]
const say = (line: string): void => void process.stderr.write(`${line}\n`)

process.setMaxListeners(100)
const folder = mkdtempSync(join(tmpdir(), 'doorward-growth-'))
const estates: Estate[] = []
let postgres: TestPostgres | undefined
let failed: unknown
try {
  postgres = await startPostgres(undefined, { settings: POSTGRES })
  endWithUs(postgres)
  await growth(postgres)
} catch (error) {
  failed = error
} finally {
  for (const estate of estates) await estate.stop()
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
if (failed !== undefined) throw failed
process.exit()

interface Grown {
  readonly estate: Estate
  readonly filled: Sizes
  readonly used: Sizes
  readonly measured: Measured
  readonly logged: number | undefined
  /** What the server does each ten minutes, unasked. */
  readonly sweptSeconds: number | undefined
}

async function growth(postgres: TestPostgres): Promise<void> {
  const { bavail, bsize } = statfsSync(folder)
  for (const grants of SIZES) {
    if (grants * BYTES_EACH * 2 > bavail * bsize) {
      say(`There is no room for ${grants} grants twice; left out.`)
      continue
    }
    const begun = performance.now()
    // Side by side, since each keeps to one core.
    const pair = await Promise.all([openEstate(folder, grants), openEstate(folder, grants, postgres)])
    estates.push(...pair)
    say(`${grants} grants on both engines, filled in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
  }
  const filled = await Promise.all(estates.map(({ sizes }) => sizes()))
  const measured = await measureForSeconds(
    estates.map(({ load }) => load),
    SLICES,
  )
  const used = await Promise.all(estates.map(({ sizes }) => sizes()))
  const logged: (number | undefined)[] = []
  for (const estate of estates) logged.push(await loggedEach(estate))
  const swept: (number | undefined)[] = []
  for (const { location } of estates) swept.push(await sweepSeconds(location))
  const far = await distance(folder, postgres)
  report(
    estates.map(
      (estate, i): Grown => ({
        estate,
        filled: filled[i] as Sizes,
        used: used[i] as Sizes,
        measured: measured[i] as Measured,
        logged: logged[i],
        sweptSeconds: swept[i],
      }),
    ),
    far,
  )
}

/** Bytes of log for a refresh within a few seconds of a checkpoint, after which the first to touch a page writes all of it. */
async function loggedEach({ log, load }: Estate): Promise<number | undefined> {
  if (log === undefined) return undefined
  await log.checkpoint()
  const before = await log.bytesSoFar()
  const [{ operations } = { operations: 1 }] = await measureForSeconds([load], {
    warmSeconds: 0,
    turns: 1,
    turnSeconds: LOG_SECONDS,
  })
  return ((await log.bytesSoFar()) - before) / operations
}

/** With limits by which nothing has to go: what it takes to find that out. */
async function sweepSeconds(location: string): Promise<number | undefined> {
  const store = openStore(location, Date.now)
  const started = performance.now()
  const now = Math.floor(Date.now() / 1000)
  try {
    await store.sweep({ now, unusedClientSeconds: 86_400, usedClientSeconds: 90 * 86_400, mostEvents: 100_000_000 })
    return (performance.now() - started) / 1000
  } catch (error) {
    say(`A sweep of ${location} did not end: ${(error as Error).message}`)
    return undefined
  } finally {
    await store.close()
  }
}

function told({ trips, aloneMilliseconds }: Distance): string {
  return `A refresh goes to PostgreSQL and back ${trips.toFixed(1)} times, one after the other (measured over a wire that takes 25 ms each way); with nobody else about and no distance it takes ${aloneMilliseconds.toFixed(1)} ms.`
}

function isPacked({ grants }: Estate): boolean {
  return grants > MOST_IN_PLACE
}

function report(grown: readonly Grown[], far: Distance): void {
  const smallest = (engine: Estate['engine']): Grown | undefined => grown.find(({ estate }) => estate.engine === engine)
  const sorted = [...grown].sort((a, b) =>
    a.estate.engine < b.estate.engine ? 1 : a.estate.engine > b.estate.engine ? -1 : 0,
  )
  const table = markdown(
    [
      'live grants',
      'refreshes a second',
      'of the smallest',
      'CPU ms',
      'p99 ms',
      'bytes each',
      'with use',
      'whole database',
      'bytes of log',
      'a sweep',
    ],
    sorted.map(({ estate, filled, used, measured, logged, sweptSeconds }) => [
      `${estate.engine}, ${estate.grants.toLocaleString('en')}`,
      measured.perSecond.toFixed(0),
      `${((measured.perSecond / (smallest(estate.engine)?.measured.perSecond ?? 1)) * 100).toFixed(0)} %`,
      `${measured.cpuMilliseconds.toFixed(3)}${estate.engine === 'SQLite' ? '' : ` + ${measured.besideMilliseconds.toFixed(3)}`}`,
      measured.p99Milliseconds.toFixed(1),
      `${filled.table.toFixed(0)} + ${filled.indices.toFixed(0)}${isPacked(estate) ? ' (packed)' : ''}`,
      `${used.table.toFixed(0)} + ${used.indices.toFixed(0)}`,
      used.database.toFixed(0),
      logged?.toFixed(0) ?? '—',
      sweptSeconds === undefined ? 'too long' : `${sweptSeconds.toFixed(1)} s`,
    ]),
  )
  const text = `\`npm run bench:growth\`, ${circumstances()}; PostgreSQL with \`${POSTGRES.join(' ')}\`.\n\n${table}\n\n${told(far)}`
  process.stdout.write(`${text}\n`)
  if (!isWhole) return
  putSection('growth', text)
  keepMeasured('growth', {
    circumstances: circumstances(),
    distance: far,
    rows: sorted.map(({ estate: { engine, grants }, filled, used, measured, logged, sweptSeconds }) => ({
      engine,
      grants,
      perSecond: Math.round(measured.perSecond),
      cpuMilliseconds: measured.cpuMilliseconds,
      besideMilliseconds: measured.besideMilliseconds,
      filled,
      used,
      logged,
      sweptSeconds,
    })),
  })
}
