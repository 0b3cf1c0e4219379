import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startPostgres } from '../../testing/postgres.ts'
import { postgresSide } from './postgres-side.ts'

const ESTABLISHED = '01'
/** Of the timers that a socket has, the one that asks whether the other side lives. */
const KEEPALIVE = '02'

/** In hundredths of a second, when the system next asks of each connection to this port whether its other side lives. */
function askedIn(port: number): number[] {
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  return rows.flatMap((row) => {
    const [, , remote, state, , timer = ''] = row.trim().split(/\s+/)
    const [kind, when = ''] = timer.split(':')
    const isOurs = remote?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`) === true
    return isOurs && state === ESTABLISHED && kind === KEEPALIVE ? [Number.parseInt(when, 16)] : []
  })
}

test('a move whose PostgreSQL is cut off hears of it from the system within half a minute, and waits for nobody [doorward-moving]', {
  skip: process.platform === 'linux' ? false : 'only Linux lists its timers',
}, async (context) => {
  const postgres = await startPostgres()
  context.after(() => postgres.stop())
  const side = await postgresSide(await postgres.fresh())
  await side.all('SELECT 1')
  const times = askedIn(postgres.port)
  await side.close()
  assert.equal(times.length, 1)
  assert.ok(
    times.every((hundredths) => hundredths <= 1000),
    String(times),
  )
})
