import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startPostgres, type TestPostgres } from '../../testing/postgres.ts'
import { openStore } from '../index.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { StoreUnavailable } from '../unavailable.ts'
import { type BackupHeader, type BackupLine, backUp, keyOfBackup, nameOfSecret, openBackup } from './backup.ts'
import { tally } from './checksum.ts'
import { moveDatabase } from './move.ts'
import { openPlace, type Place } from './places.ts'
import { type RestoreWorld, restore } from './restore.ts'
import { NEWEST_SCHEMA, tablesAt } from './schema.ts'
import { sealLines } from './sealed-lines.ts'
import { type Cells, TransferRefused } from './side.ts'

const NOW = 1_800_000_000
const SECRET = Buffer.alloc(32, 1)
const OTHER_SECRET = Buffer.alloc(32, 2)
const folder = mkdtempSync(join(tmpdir(), 'doorward-restore-'))
let postgres: TestPostgres
let names = 0
before(async () => {
  postgres = await startPostgres(undefined, { settings: ['fsync=off'] })
})
after(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true })
})

type Kind = 'sqlite' | 'postgres'
const KINDS: readonly Kind[] = ['sqlite', 'postgres']
async function fresh(kind: Kind): Promise<Place> {
  const location = kind === 'sqlite' ? join(folder, `${++names}.sqlite`) : await postgres.fresh()
  return { location, shown: location }
}
const open = (place: Place) => openStore(place.location, () => NOW * 1000)

const world = (more: Partial<RestoreWorld> = {}): RestoreWorld => ({
  secret: SECRET,
  name: 'a.backup',
  keepGrants: false,
  nowMilliseconds: () => (NOW + 100) * 1000,
  told: () => undefined,
  isStopped: () => false,
  ...more,
})

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000)
}
const bring = (bytes: Buffer, to: Place, more: Partial<RestoreWorld> = {}) =>
  restore(() => pieces(bytes), to, world(more))

async function saved(place: Place, during: () => Promise<void> = async () => undefined): Promise<Buffer> {
  const parts: Uint8Array[] = []
  const settings = {
    ...world(),
    nowSeconds: NOW,
    salt: String(++names).padStart(32, '0'),
    told: () => undefined,
  }
  let isFirst = true
  await backUp(place, settings, async (bytes) => {
    parts.push(bytes)
    if (isFirst) await during()
    isFirst = false
  })
  return Buffer.concat(parts)
}

/** A person with a session, a passkey and a client, an invite, a key, a grant that lives and one that has ended. */
async function lived(kind: Kind): Promise<Place> {
  const place = await fresh(kind)
  const store = open(place)
  const added = { type: 'key.added', outcome: 'allowed', reason: 'x' } as const
  await store.users.add({ id: 'u', email: 'a@b', password: 'x', operator: true, groups: [], createdAt: 1 })
  await store.clients.put({ id: 'c', assurance: 'user', metadata: { a: 'ä' }, createdAt: 1, secretsNotBefore: 0 })
  await store.users.signedIn(
    {
      digest: 'd',
      userId: 'u',
      createdAt: NOW,
      expiresAt: NOW + 9999,
      authentication: { at: NOW, method: 'password', amr: ['pwd'] },
      network: 'n',
      browser: 'b',
      usedAt: NOW,
    },
    {},
  )
  await store.keys.add({ kid: 'k', alg: 'ES256', sealedPrivateKey: 's', publicJwk: {}, createdAt: 1 }, undefined, added)
  await store.invites.add({
    id: 'i',
    note: '',
    mostUses: 1,
    redirectHosts: [],
    scopes: [],
    createdAt: 1,
    expiresAt: NOW + 9,
  })
  for (const id of ['live', 'gone']) {
    const grant = { id, userId: 'u', clientId: 'c', resource: 'r', scope: 's', openedAt: NOW, codeExpiresAt: NOW + 60 }
    await store.grants.open(grant)
    await store.grants.redeem(id, { now: NOW, expiresAt: NOW + 9999 })
  }
  await store.grants.revoke('gone', { now: NOW, reason: 'operator' })
  await store.close()
  return place
}

for (const [from, to] of KINDS.flatMap((a) => KINDS.map((b) => [a, b] as const))) {
  test(`a backup of ${from} is restored to ${to}: what was handed out ends, people and applications stay [doorward-restore]`, async () => {
    const target = await fresh(to)
    const { ended, tables } = await bring(await saved(await lived(from)), target)
    assert.deepEqual(ended, { grants: 1, invites: 1, sessions: 1 })
    assert.equal(tables.find(({ name }) => name === 'grants')?.rows, 2)
    const store = open(target)
    const grants = Object.fromEntries((await store.grants.list()).map(({ id, ...grant }) => [id, grant]))
    assert.deepEqual([grants.live?.revokedAt, grants.live?.revokedReason], [NOW + 100, 'restored'])
    assert.deepEqual([grants.gone?.revokedAt, grants.gone?.revokedReason], [NOW, 'operator'])
    assert.deepEqual(
      (await store.grants.voidedSince(NOW + 100, 9)).map(({ id }) => id),
      ['live'],
      'followers of the feed hear of it',
    )
    assert.equal(
      await store.grants.rotate('live', 1, { now: NOW + 101, windowSeconds: 30, expiresAt: NOW + 9999 }),
      'revoked',
    )
    assert.deepEqual(await store.keys.list(), [])
    assert.equal(await store.sessions.find('d', NOW), undefined)
    assert.equal((await store.invites.find('i'))?.revokedAt, NOW + 100)
    assert.deepEqual((await store.clients.find('c'))?.metadata, { a: 'ä' })
    assert.equal((await store.users.byEmail('a@b'))?.operator, true)
    const events = await store.events.list({ limit: 99 })
    assert.deepEqual([events.at(-1)?.type, events.at(-1)?.reason], ['database.restored', 'grants_ended'])
    await store.close()
  })
}

test('with --keep-grants everything is as it was, and the event says so [doorward-restore]', async () => {
  const target = await fresh('postgres')
  const { ended } = await bring(await saved(await lived('sqlite')), target, { keepGrants: true })
  assert.deepEqual(ended, { grants: 0, invites: 0, sessions: 0 })
  const store = open(target)
  assert.equal(
    await store.grants.rotate('live', 1, { now: NOW + 1, windowSeconds: 30, expiresAt: NOW + 99 }),
    'rotated',
  )
  assert.equal(
    await store.grants.rotate('gone', 1, { now: NOW + 1, windowSeconds: 30, expiresAt: NOW + 99 }),
    'revoked',
  )
  assert.deepEqual(
    (await store.keys.list()).map(({ kid }) => kid),
    ['k'],
  )
  assert.notEqual(await store.sessions.find('d', NOW), undefined)
  assert.equal((await store.events.list({ limit: 99 })).at(-1)?.reason, 'grants_kept')
  await store.close()
})

for (const kind of KINDS) {
  test(`${kind}: a backup is one moment, whatever is written while it is made [doorward-backup]`, async () => {
    const place = await lived(kind)
    const store = open(place)
    const bytes = await saved(place, async () => {
      await store.grants.revoke('live', { now: NOW + 1, reason: 'since' })
      await store.users.add({ id: 'v', email: 'v', password: 'x', operator: false, groups: [], createdAt: 1 })
    })
    assert.equal((await store.users.list()).length, 2, 'the server went on')
    await store.close()
    const target = await fresh('sqlite')
    await bring(bytes, target, { keepGrants: true })
    const restored = open(target)
    assert.equal((await restored.grants.find('live'))?.revokedAt, undefined)
    assert.equal((await restored.users.list()).length, 1)
    await restored.close()
  })

  test(`${kind}: a restore that was stopped goes on, and until it is done no server starts on it [doorward-restore]`, async () => {
    const [bytes, target] = [await saved(await lived('sqlite')), await fresh(kind)]
    let looks = 0
    const isStopped = () => ++looks > 20
    await assert.rejects(bring(bytes, target, { isStopped }), /^TransferRefused|Stopped; the same command goes on/)
    const early = open(target)
    await assert.rejects(early.users.list(), (error: Error) => error instanceof StoreUnavailable)
    await early.close()
    const other = await saved(await lived('sqlite'))
    await assert.rejects(
      bring(other, target),
      /takes part in a move, from or to a\.backup; name a database that is new/,
    )
    await bring(bytes, target)
    const store = open(target)
    assert.equal((await store.grants.list()).length, 2)
    await store.close()
  })
}

test('a backup of one that was moved away can be made, one of a half-filled database cannot [doorward-backup]', async () => {
  const [source, target, other] = [await lived('sqlite'), await fresh('sqlite'), await fresh('sqlite')]
  const moving = { ...world(), newId: () => 'm' }
  await moveDatabase(source, target, { ...moving, isStopped: () => true }).catch(() => undefined)
  await assert.rejects(saved(target), /is being filled from .* and is not whole; back up that one/)
  await bring(await saved(source), other)
})

/** A backup of an older version, as that version wrote it. */
async function ofSchema(schema: number, change: Partial<BackupHeader> = {}, end?: (rows: number) => number) {
  const header: BackupHeader = {
    doorward: 'backup',
    version: 1,
    salt: 'a'.repeat(32),
    secret: nameOfSecret(SECRET),
    schema,
    engine: 'sqlite',
    madeAt: NOW,
    ...change,
  }
  const parts: Uint8Array[] = []
  const lines = await sealLines(keyOfBackup(SECRET, header), header, async (bytes) => void parts.push(bytes))
  const tables = []
  for (const { name, columns } of await tablesAt(Math.min(schema, NEWEST_SCHEMA))) {
    const rows: Cells[] =
      name === 'sessions' ? [columns.map(({ kind, name }) => (kind === 'integer' ? '7' : `${name} of it`))] : []
    await lines.line(JSON.stringify({ table: name } satisfies BackupLine))
    const { add, result } = tally()
    for (const row of rows) {
      add(row)
      await lines.line(JSON.stringify(row))
    }
    tables.push({ name, ...result(), ...(end === undefined ? {} : { rows: end(rows.length) }) })
  }
  await lines.line(JSON.stringify({ end: { tables, lastNumber: '9' } } satisfies BackupLine))
  await lines.end()
  return Buffer.concat(parts)
}

for (const kind of KINDS) {
  test(`${kind}: a backup of an older version is restored as its database would have gone on [doorward-restore]`, async () => {
    const target = await fresh(kind)
    await bring(await ofSchema(8), target, { keepGrants: true })
    const side = await openPlace(target)
    // What the ninth migration makes of the sessions that it finds.
    assert.deepEqual(await side.all('SELECT digest, created_at, authenticated_at, amr FROM sessions'), [
      ['digest of it', '7', '7', 'pwd'],
    ])
    await side.close()
  })
}

for (const kind of KINDS) {
  test(`${kind}: a backup by a newer version leaves the database to the one that serves it, which can restore it, too [doorward-backup]`, async () => {
    const place = await fresh(kind)
    const older = openStore(place.location, () => NOW * 1000, undefined, MIGRATIONS.slice(0, 10))
    await older.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
    const bytes = await saved(place)
    assert.equal(await older.schema(), 'current')
    await older.close()
    const { header } = await openBackup(pieces(bytes), SECRET, 10)
    assert.equal(header.schema, 10)
    const target = await fresh(kind)
    await bring(bytes, target)
    const store = open(target)
    assert.equal((await store.users.list()).length, 1)
    await store.close()
  })
}

test('of a database that nobody has used yet a backup can be made, and restored [doorward-backup]', async () => {
  const bytes = await saved(await fresh('sqlite'))
  assert.equal((await bring(bytes, await fresh('sqlite'))).schema, NEWEST_SCHEMA)
})

const REFUSED: readonly (readonly [string, () => Promise<Buffer>, Partial<RestoreWorld>, RegExp])[] = [
  ['nothing', async () => Buffer.alloc(0), {}, /no backup of Doorward/],
  ['a database file', async () => Buffer.from('SQLite format 3\0\n'), {}, /no backup of Doorward/],
  ['some other file with a line of JSON', async () => Buffer.from('{"a":1}\nx'), {}, /no backup of Doorward/],
  ['null', async () => Buffer.from('null\n'), {}, /no backup of Doorward/],
  [
    'one that was cut off',
    async () => (await saved(await lived('sqlite'))).subarray(0, -1),
    {},
    /ends before its end; copy it again/,
  ],
  [
    'one with a bit changed',
    async () => {
      const bytes = await saved(await lived('sqlite'))
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40)
      return bytes
    },
    {},
    /not as it was made/,
  ],
  [
    'one whose header was changed',
    async () =>
      Buffer.from(
        (await saved(await lived('sqlite'))).toString('latin1').replace(/"madeAt":\d/, '"madeAt":2'),
        'latin1',
      ),
    {},
    /not as it was made/,
  ],
  [
    'one under another secret',
    async () => saved(await lived('sqlite')),
    { secret: OTHER_SECRET },
    /made under another secret; give the one of its server/,
  ],
  [
    'one whose header names our secret and that was sealed under another',
    async () => {
      const bytes = (await saved(await lived('sqlite'))).toString('latin1')
      return Buffer.from(bytes.replace(nameOfSecret(SECRET), nameOfSecret(OTHER_SECRET)), 'latin1')
    },
    { secret: OTHER_SECRET },
    /not as it was made/,
  ],
  ['one of a newer schema', () => ofSchema(NEWEST_SCHEMA + 1), {}, /newer Doorward .* restore it with that version/],
  [
    'one of a newer format',
    () => ofSchema(NEWEST_SCHEMA, { version: 2 }),
    {},
    /newer Doorward .* restore it with that version/,
  ],
  [
    'one that holds less than it says',
    () => ofSchema(NEWEST_SCHEMA, {}, (rows) => rows + 1),
    {},
    /does not hold what it says that it holds/,
  ],
]
for (const [what, make, more, problem] of REFUSED) {
  test(`${what} is refused before anything is written [doorward-backup]`, async () => {
    const [bytes, target] = [await make(), await fresh('sqlite')]
    await assert.rejects(bring(bytes, target, more), (error: Error) => {
      assert.ok(error instanceof TransferRefused, String(error.stack))
      assert.match(error.message, problem)
      return true
    })
    assert.equal(existsSync(target.location), false)
  })
}

for (const kind of KINDS) {
  test(`${kind}: who restores once more what was restored is told that it is done, and nothing is changed [doorward-restore]`, async () => {
    const [backup, to] = [await saved(await lived('sqlite')), await fresh(kind)]
    await bring(backup, to)
    const store = open(to)
    await store.users.add({ id: 'u2', email: 'c@d', password: 'x', operator: false, groups: [], createdAt: 1 })
    await assert.rejects(bring(backup, to), /has all of a\.backup already.* Start the server on it/)
    await assert.rejects(bring(backup, to, { name: 'b.backup' }), /holds something already/)
    assert.equal((await store.users.list()).length, 2)
    await store.close()
  })
}

test('a database that holds something is refused, and stays as it is [doorward-restore]', async () => {
  const [bytes, target] = [await saved(await lived('sqlite')), await lived('postgres')]
  await assert.rejects(bring(bytes, target), /holds something already/)
  const store = open(target)
  assert.equal((await store.grants.find('live'))?.revokedAt, undefined)
  await store.close()
})

test('a wrong database that an older release serves keeps its schema [doorward-restore]', async () => {
  const [bytes, wrong] = [await saved(await lived('sqlite')), await fresh('sqlite')]
  const older = openStore(wrong.location, () => NOW * 1000, undefined, MIGRATIONS.slice(0, 10))
  await older.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
  await assert.rejects(bring(bytes, wrong), /holds something already \(in 'users'\)/)
  assert.equal(await older.schema(), 'current')
  await older.close()
})

test('nothing of what a backup holds can be read without the secret [doorward-backup]', async () => {
  const bytes = await saved(await lived('sqlite'))
  for (const word of ['a@b', 'grants', 'client']) assert.equal(bytes.includes(word), false)
})
