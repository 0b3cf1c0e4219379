import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openStore } from '../store/index.ts'
import { FailedError, UsageError } from './problem.ts'
import { knownSecret, serverSecret } from './secret.ts'

const root = mkdtempSync(join(tmpdir(), 'doorward-secret-'))
after(() => rmSync(root, { recursive: true }))
const fresh = (): { folder: string; database: string } => {
  const folder = mkdtempSync(join(root, 'a-'))
  return { folder, database: join(folder, 'd.sqlite') }
}

test('the first start makes a secret for its owner alone, each later one finds it, and nothing else is left', () => {
  const { folder, database } = fresh()
  assert.equal(knownSecret(database, {}), undefined)
  const secret = serverSecret(database, {})
  assert.equal(secret.length, 32)
  assert.deepEqual(serverSecret(database, {}), secret)
  assert.deepEqual(knownSecret(database, {})?.secret, secret)
  assert.deepEqual(readdirSync(folder), ['d.sqlite.key'])
  assert.equal(statSync(`${database}.key`).mode & 0o777, 0o600)
  assert.equal(statSync(`${database}.key`).nlink, 1)
  assert.notDeepEqual(serverSecret(fresh().database, {}), secret)
})

for (const [what, left] of [
  ['nothing in it yet', ''],
  ['half of a secret in it', 'c2hvcnQ'],
] as const) {
  test(`a start that was cut off while it made the secret, with ${what}, hinders no later one`, () => {
    const { database } = fresh()
    const aside = `${database}.key.0123456789ab.new`
    writeFileSync(aside, left, { mode: 0o600 })
    const secret = serverSecret(database, {})
    assert.deepEqual(serverSecret(database, {}), secret)
    assert.equal(readFileSync(aside, 'utf8'), left)
  })
}

test('a file system without links keeps a secret too, for its owner alone', (t) => {
  const { folder, database } = fresh()
  t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
  })
  syncBuiltinESMExports()
  try {
    const secret = serverSecret(database, {})
    assert.deepEqual(serverSecret(database, {}), secret)
    assert.deepEqual(readdirSync(folder), ['d.sqlite.key'])
    assert.equal(statSync(`${database}.key`).mode & 0o777, 0o600)
  } finally {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  }
})

test('of several processes that start at once, each comes to the same secret', async () => {
  const { folder, database } = fresh()
  const script = `
    const { serverSecret } = await import(${JSON.stringify(new URL('secret.ts', import.meta.url).href)})
    process.stdout.write('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    process.stdout.write(serverSecret(${JSON.stringify(database)}, {}).toString('hex'))
    process.exit()`
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['--conditions=doorward-source', '--input-type=module', '-e', script])
    let said = ''
    const ready = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<string>()
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      ready.resolve()
    })
    child.once('close', () => ended.resolve(said))
    return { child, ready: ready.promise, ended: ended.promise }
  })
  await Promise.all(children.map(({ ready }) => ready))
  for (const { child } of children) child.stdin.end('go')
  const said = await Promise.all(children.map(({ ended }) => ended))
  assert.deepEqual(new Set(said), new Set([`ready${serverSecret(database, {}).toString('hex')}`]))
  assert.deepEqual(readdirSync(folder), ['d.sqlite.key'])
})

for (const [what, text, sentence] of [
  ['is empty', '', /d\.sqlite\.key is empty: .*Put your copy of the secret there; .*remove the file and the database/],
  ['holds an empty line', '\n', /d\.sqlite\.key is empty/],
  ['was cut short', 'c2hvcnQ\n', /d\.sqlite\.key is too short; it has to be at least 32 random bytes/],
  ['holds something else', '<html>', /d\.sqlite\.key is no secret/],
] as const) {
  test(`a key file that ${what} is refused with what to do, and stays as it is`, () => {
    const { database } = fresh()
    writeFileSync(`${database}.key`, text)
    for (const ask of [serverSecret, knownSecret]) {
      assert.throws(
        () => ask(database, {}),
        (error) => error instanceof UsageError && sentence.test(error.message),
      )
    }
    assert.equal(readFileSync(`${database}.key`, 'utf8'), text)
  })
}

async function databaseAt(path: string, hasKey: boolean): Promise<void> {
  const store = openStore(path, () => 0)
  const key = { kid: 'k', alg: 'ES256', sealedPrivateKey: 'sealed', publicJwk: {}, createdAt: 0 }
  if (hasKey)
    await store.keys.add(key, undefined, {
      type: 'key.added',
      outcome: 'allowed',
      reason: 'first',
      detail: { kids: 'k' },
    })
  // Made by a command, before any server: nothing in it needs a secret.
  else await store.users.list()
  await store.close()
}

test('a database whose secret is gone gets no other one: it is said what is missing, and nothing is made', async () => {
  const { folder, database } = fresh()
  await databaseAt(database, true)
  const before = readdirSync(folder)
  assert.throws(
    () => serverSecret(database, {}),
    (error) =>
      error instanceof UsageError &&
      /d\.sqlite is there, and its secret \S+d\.sqlite\.key is not: .*Put your copy .* back, or .*DOORWARD_SECRET/.test(
        error.message,
      ),
  )
  assert.deepEqual(readdirSync(folder), before)
  const given = Buffer.alloc(32, 7)
  assert.deepEqual(serverSecret(database, { DOORWARD_SECRET: given.toString('base64url') }), given)
})

test('who starts on PostgreSQL without a secret is told of the one of before, and how a first one is made', () => {
  assert.throws(
    () => serverSecret('postgres://doorward@db.example/doorward', {}),
    (error) => error instanceof UsageError && /give the one of before; .*openssl rand -base64 32/.test(error.message),
  )
})

test('a database that is not well is named, and gets no secret', () => {
  const { folder, database } = fresh()
  writeFileSync(database, `SQLite format 3\0${'junk'.repeat(500)}`)
  assert.throws(
    () => serverSecret(database, {}),
    (error) => error instanceof FailedError && error.message.includes(`The database '${database}' cannot be used (`),
  )
  assert.ok(!readdirSync(folder).some((name) => name.includes('.key')))
})

for (const [what, make] of [
  ['is empty', async (database: string) => writeFileSync(database, '')],
  ['only commands have written to', (database: string) => databaseAt(database, false)],
] as const) {
  test(`a database that ${what} gets a secret, as one that is not there yet does`, async () => {
    const { folder, database } = fresh()
    await make(database)
    assert.equal(serverSecret(database, {}).length, 32)
    assert.deepEqual(readdirSync(folder), ['d.sqlite', 'd.sqlite.key'])
  })
}
