// A database that cannot be used, as whoever starts a server meets it: which one, what is wrong, what to do, and nothing left behind.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { cleanEnvironment, FROM_SOURCE, makeFolder, startDoorward } from './doorward.ts'

const NOBODY = 65_534
/** Nothing is closed to root. */
const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

let folder: string
before(() => {
  folder = makeFolder()
  chmodSync(folder, 0o755)
})
after(() => {
  chmodSync(join(folder, 'closed'), 0o755)
  rmSync(folder, { recursive: true, force: true })
})

function run(args: readonly string[], env: Record<string, string>, who: { uid?: number; gid?: number } = {}) {
  const [node = '', ...words] = FROM_SOURCE
  const { status, stderr } = spawnSync(node, [...words, ...args], {
    cwd: folder,
    env: { ...cleanEnvironment(), DOORWARD_PORT: '0', ...env },
    encoding: 'utf8',
    ...who,
  })
  return { status, said: stderr }
}

/** Where the sources lie in a folder of root's own, nobody else can run them. */
const skip = run(['--version'], {}, as).status === 0 ? false : 'the sources cannot be read by somebody who is not root'

const SETTING = /or name another file with DOORWARD_DATABASE \(or "database" in the config file\)\.\n$/

const CLOSED: readonly (readonly [string, string, RegExp])[] = [
  [
    'in a folder that cannot be made',
    'closed/in/d.sqlite',
    /^doorward: The folder 'closed\/in' of the database 'closed\/in\/d\.sqlite' cannot be made \(EACCES: permission denied\); make it/,
  ],
  [
    'in the folder of somebody else',
    'closed/d.sqlite',
    /^doorward: The folder 'closed' of the database 'closed\/d\.sqlite' cannot be written to \(EACCES: permission denied\), and SQLite/,
  ],
]
for (const [where, database, sentence] of CLOSED) {
  test(`a database ${where} is told by its path, its setting and the mend`, { skip }, () => {
    mkdirSync(join(folder, 'closed'), { recursive: true })
    chmodSync(join(folder, 'closed'), 0o555)
    const { status, said } = run(['dev'], { DOORWARD_DATABASE: database }, as)
    assert.match(said, sentence)
    assert.match(said, SETTING)
    assert.equal(status, 2)
    assert.deepEqual(readdirSync(join(folder, 'closed')), [])
  })
}

test('a file that is no database is told by its path, its setting and the mend, and gets no secret', () => {
  mkdirSync(join(folder, 'closed'), { recursive: true })
  writeFileSync(join(folder, 'closed', 'notes'), 'the notes of somebody')
  const served = run(['dev'], { DOORWARD_DATABASE: 'closed/notes' })
  assert.match(served.said, /^doorward: The file 'closed\/notes' is no SQLite database; check the path/)
  assert.match(served.said, SETTING)
  const asked = run(['user', 'list', '--database', 'closed/notes'], {})
  assert.match(asked.said, /^doorward: The file 'closed\/notes' is no SQLite database; .* with --database\.\n$/)
  assert.deepEqual([served.status, asked.status], [2, 2])
  assert.deepEqual(readdirSync(join(folder, 'closed')), ['notes'])
})

test('a PostgreSQL that does not answer is told by its address, without its password, and by the mend', async () => {
  const port = await freePort()
  const { status, said } = run(['dev'], {
    DOORWARD_DATABASE: `postgres://ada:geheim@127.0.0.1:${port}/x`,
    DOORWARD_SECRET: 'x'.repeat(43),
  })
  assert.match(said, /^doorward: The database cannot be asked \(connect ECONNREFUSED 127\.0\.0\.1:\d+\); see that/)
  assert.match(said, new RegExp(`postgres://ada:\\*\\*\\*@127\\.0\\.0\\.1:${port}/x runs, .*DOORWARD_DATABASE`))
  assert.doesNotMatch(said, /geheim/)
  assert.equal(status, 1)
})

test('a move and a backup say the same of a PostgreSQL that does not answer, and that they go on', async () => {
  const address = `postgres://ada:geheim@127.0.0.1:${await freePort()}/x`
  const env = { DOORWARD_DATABASE: address, DOORWARD_SECRET: 'x'.repeat(43) }
  for (const args of [
    ['migrate', '--from', 'postgres', '--to', 'moved.sqlite'],
    ['backup', 'a.backup'],
  ]) {
    const { status, said } = run(args, env)
    assert.match(
      said,
      /^doorward: The database cannot be asked \(connect ECONNREFUSED .*\); see that postgres:\/\/ada:\*\*\*@/,
    )
    assert.match(said, /runs, is reached from here and lets this user in; then the same command goes on\.\n$/)
    assert.equal(status, 1)
  }
})

test('what a PostgreSQL forbids, and a certificate that is not there, are told with the mend', async (context) => {
  const postgres = await startPostgres()
  context.after(() => postgres.stop())
  const address = await postgres.fresh()
  const name = new URL(address).pathname.slice(1)
  const secret = { DOORWARD_SECRET: 'x'.repeat(43) }
  const serve = (database: string) => run(['dev'], { ...secret, DOORWARD_DATABASE: database })
  const missing = serve(`${address}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`)
  assert.match(
    missing.said,
    /^doorward: The file '\/nowhere\/ca\.pem', which the address of the database names, cannot be read \(ENOENT/,
  )
  await postgres.ask(`CREATE ROLE guest LOGIN PASSWORD 'geheim'`)
  const guests = address.replace(/\/\/[^@]*@/, '//guest:geheim@')
  const forbidden = serve(guests)
  assert.match(
    forbidden.said,
    /^doorward: The database cannot be asked \(permission denied for schema public\); let the user in postgres:\/\/guest:\*\*\*@/,
  )
  await postgres.ask(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`)
  const readOnly = serve(address)
  assert.match(
    readOnly.said,
    /^doorward: The database can only be read: .* default_transaction_read_only is on .*; name the primary, or turn that off\.\s*$/,
  )
  const backup = run(['backup', 'of-a-standby.backup'], { ...secret, DOORWARD_DATABASE: address })
  assert.match(backup.said, /only be read: .*; name the primary, or turn that off; then the same command goes on\.\n$/)
  assert.deepEqual(
    [missing, forbidden, readOnly, backup].map(({ status }) => status),
    [1, 1, 1, 1],
  )
})

test('a server whose secret was lost does not start with another, nor leave one; with the old one it starts, and a backup names what it cannot write', async () => {
  const own = join(folder, 'own')
  mkdirSync(own)
  const start = (env: Record<string, string> = {}) =>
    startDoorward(['dev'], { folder: own, keep: true, env: { DOORWARD_DATABASE: 'd.sqlite', ...env } })
  const first = await start()
  assert.equal(await first.stop(), 0)
  const secret = readFileSync(join(own, 'd.sqlite.key'), 'utf8').trim()
  rmSync(join(own, 'd.sqlite.key'))
  const lost = /d\.sqlite is there, and its secret d\.sqlite\.key is not: .*Put your copy of that file back/
  await assert.rejects(start(), lost)
  const asked = run(['key', 'rotate', '--database', 'own/d.sqlite'], {})
  assert.equal(asked.status, 2)
  assert.match(asked.said, /own\/d\.sqlite is there, and its secret own\/d\.sqlite\.key is not/)
  assert.deepEqual(readdirSync(own), ['d.sqlite'])
  const unwritten = run(['backup', 'nowhere/x', '--database', 'own/d.sqlite'], { DOORWARD_SECRET: secret })
  assert.equal(unwritten.status, 2)
  assert.match(
    unwritten.said,
    /^doorward: The file 'nowhere\/x' cannot be made \(ENOENT: no such file or directory\); name/,
  )
  const again = await start({ DOORWARD_SECRET: secret })
  assert.equal(again.operator.password, first.operator.password)
  assert.equal(await again.stop(), 0)
})
