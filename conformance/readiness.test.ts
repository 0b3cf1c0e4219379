// Whether a server should be sent callers: each reason why not, on a process that runs.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { openFile } from './database-file.ts'
import { type Doorward, waitFor } from './doorward.ts'
import { type Fleet, fleet, readyz } from './rolling-fleet.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

async function serving(
  database: string | undefined,
  body: (port: number, door: Doorward, nodes: Fleet) => Promise<void>,
  config: object = {},
): Promise<void> {
  const nodes = await fleet(1, database, config)
  const [port] = nodes.ports as [number]
  const door = await nodes.start(port)
  try {
    assert.deepEqual(await readyz(port), { status: 200, because: [] })
    await body(port, door, nodes)
  } finally {
    await door.stop('SIGKILL')
    nodes.remove()
  }
}

/** What was found is remembered for a second. */
async function untilBecause(port: number, ...because: readonly string[]): Promise<void> {
  await waitFor(async () => (await readyz(port)).because.join() === because.join())
  assert.equal((await readyz(port)).status, because.length === 0 ? 200 : 503)
  assert.equal((await fetch(`http://localhost:${port}/healthz`)).status, 200, 'it lives all the same')
}

test('a server says that it is not ready while PostgreSQL is gone, and that it is once that is back [doorward-ready]', {
  timeout: 120_000,
}, async () => {
  await serving(await postgres.fresh(), async (port) => {
    await postgres.kill()
    await untilBecause(port, 'database_unavailable')
    const said = await (await fetch(`http://localhost:${port}/readyz`)).text()
    assert.doesNotMatch(said, /postgres:|ECONN|127\.0\.0\.1/, 'nothing of where the database is')
    await postgres.start()
    await untilBecause(port)
  })
})

test('a server says that it is not ready while the file of its database is not where it was [doorward-ready]', {
  timeout: 120_000,
}, async () => {
  await serving(undefined, async (port, _, { env }) => {
    const file = env.DOORWARD_DATABASE as string
    renameSync(file, `${file}.away`)
    await untilBecause(port, 'database_unavailable')
    openFile(file).close()
    await untilBecause(port, 'database_unavailable')
    renameSync(`${file}.away`, file)
    await untilBecause(port)
  })
})

test('a server whose user may not change the database says so, is asked by nobody, and answers 503 [doorward-ready, doorward-honest-outage]', {
  timeout: 60_000,
}, async () => {
  const address = await postgres.fresh()
  const name = new URL(address).pathname.slice(1)
  const owners = (sql: string) => postgres.ask(sql, name)
  const nodes = await fleet(1, address)
  const [port] = nodes.ports as [number]
  await (await nodes.start(port)).stop()
  await owners(`CREATE ROLE guest LOGIN PASSWORD 'geheim'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest`)
  const door = await nodes.start(port, [], { DOORWARD_DATABASE: address.replace(/\/\/[^@]*@/, '//guest:geheim@') })
  try {
    await untilBecause(port, 'database_forbidden')
    const body = JSON.stringify({ client_name: 'A', redirect_uris: ['http://localhost/cb'] })
    const headers = { 'content-type': 'application/json' }
    const registered = () => fetch(`http://localhost:${port}/register`, { method: 'POST', headers, body })
    const refused = await registered()
    assert.deepEqual([refused.status, refused.headers.get('retry-after') !== null], [503, true])
    assert.doesNotMatch(await refused.text(), /permission denied|clients/)
    await owners('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest')
    await untilBecause(port)
    assert.equal((await registered()).status, 201)
  } finally {
    await door.stop('SIGKILL')
    nodes.remove()
  }
})

/** What somebody else does to the database, and what the server then says. */
const CHANGES: readonly (readonly [string, string, string])[] = [
  [
    'a newer release took away what it needs',
    'UPDATE doorward_schema SET version = 99, oldest = 99',
    'schema_outgrown',
  ],
  ['an older state of the database was played back', 'UPDATE doorward_schema SET version = 1', 'schema_behind'],
  [
    'a process with another secret has made a key',
    `INSERT INTO keys SELECT '${randomBytes(8).toString('hex')}', alg, 'sealed otherwise', public_jwk, 1 FROM keys`,
    'keys_unusable',
  ],
]
for (const [what, sql, because] of CHANGES) {
  test(`a server says that it is not ready where ${what} [doorward-ready]`, { timeout: 60_000 }, async () => {
    await serving(undefined, async (port, _, { env }) => {
      const database = openFile(env.DOORWARD_DATABASE as string)
      database.exec(sql)
      database.close()
      await untilBecause(port, because)
    })
  })
}

test('a server that was asked to stop says so at once and serves on for as long as the config says; a second signal ends it [doorward-ready, doorward-drain]', {
  timeout: 60_000,
}, async () => {
  await serving(
    undefined,
    async (port, door) => {
      door.process.kill('SIGTERM')
      await untilBecause(port, 'draining')
      const response = await fetch(`http://localhost:${port}/.well-known/oauth-authorization-server`)
      assert.deepEqual([response.status, response.headers.get('connection')], [200, 'close'])
      assert.equal(await door.stop('SIGTERM'), 143)
    },
    { drainSeconds: 300 },
  )
})
