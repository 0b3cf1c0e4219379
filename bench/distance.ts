import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { codeFlow, expect, FORM, JSON_TYPE, type Ready, registration, signIn, type Tokens } from './flows.ts'
import { quantile, sender, startPinned } from './load.ts'
import { delayed } from './round-trips.ts'

const MAIN = new URL('../packages/doorward/bin/doorward.js', import.meta.url).pathname
const NEAR = 0
const FAR = 25
const TRIES = 40
/** What others on the machine add is no distance: the tenth of them that went best counts. */
const UNDISTURBED = 0.1

export interface Distance {
  /** How often a refresh goes to the database and back, one after the other: what distance to it multiplies. */
  readonly trips: number
  /** A refresh with nobody else about, beside its database. */
  readonly aloneMilliseconds: number
}

export async function distance(folder: string, postgres: TestPostgres): Promise<Distance> {
  const database = await postgres.fresh()
  const secret = randomBytes(32).toString('base64url')
  const near = await refreshMilliseconds(folder, database, secret, NEAR)
  const far = await refreshMilliseconds(folder, database, secret, FAR)
  return { trips: (far - near) / (2 * (FAR - NEAR)), aloneMilliseconds: near }
}

async function refreshMilliseconds(folder: string, database: string, secret: string, oneWay: number): Promise<number> {
  const cwd = join(folder, `distance-${oneWay}`)
  mkdirSync(cwd)
  const wire = await delayed(database, oneWay)
  const env = { DOORWARD_PORT: '0', DOORWARD_SECRET: secret, DOORWARD_DATABASE: wire.url }
  const door = await startPinned<Ready>([MAIN, 'dev', '--json'], { cwd, env })
  try {
    const send = sender(door.ready.issuer, 1)
    const answer = await send('POST', '/register', registration('Bench'), JSON_TYPE)
    const { client_id } = JSON.parse(answer.body) as { client_id: string }
    let { refresh_token } = await codeFlow(send, client_id, await signIn(send, client_id, door.ready))
    const latencies: number[] = []
    for (let i = 0; i < TRIES; i++) {
      const started = performance.now()
      const form = `grant_type=refresh_token&client_id=${client_id}&refresh_token=${refresh_token}`
      const refreshed = await send('POST', '/token', form, FORM)
      latencies.push(performance.now() - started)
      expect(refreshed)
      refresh_token = (JSON.parse(refreshed.body) as Tokens).refresh_token
    }
    return quantile(
      latencies.sort((a, b) => a - b),
      UNDISTURBED,
    )
  } finally {
    const ended = once(door.process, 'exit')
    door.process.kill()
    await ended
    await wire.stop()
  }
}
