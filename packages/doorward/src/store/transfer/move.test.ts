import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { startPostgres, type TestPostgres } from '../../testing/postgres.ts'
import { openStore } from '../index.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { StoreUnavailable } from '../unavailable.ts'
import { closeDatabase, readMark } from './mark.ts'
import { giveUpMove, isSame, type MoveWorld, moveDatabase } from './move.ts'
import { numberOnFrom } from './numbering.ts'
import { migratePlace, openPlace, type Place } from './places.ts'
import { rowsOf } from './rows.ts'
import { NEWEST_SCHEMA, tablesAt } from './schema.ts'
import { type Cells, columnList, type Table, TransferRefused } from './side.ts'

const NOW = 1_800_000_000_000
const folder = mkdtempSync(join(tmpdir(), 'doorward-move-'))
let postgres: TestPostgres
let files = 0
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
  const location = kind === 'sqlite' ? join(folder, `${++files}.sqlite`) : await postgres.fresh()
  return { location, shown: location }
}

let ids = 0
const world = (more: Partial<MoveWorld> = {}): MoveWorld => ({
  told: () => undefined,
  isStopped: () => false,
  nowMilliseconds: () => NOW,
  newId: () => `move-${++ids}`,
  ...more,
})
const open = (place: Place, now = () => NOW) => openStore(place.location, now)
const event = (reason: string) => ({ type: 'server.failed', outcome: 'refused', reason }) as const
const grant = (id: string) => ({
  id,
  userId: 'u',
  clientId: 'c',
  resource: 'r',
  scope: 's',
  openedAt: 1_800_000_000,
  codeExpiresAt: 1_800_000_060,
})

/** A database with one person, so many grants and so many events. */
async function filled(kind: Kind, rows: number): Promise<Place> {
  const place = await fresh(kind)
  const store = open(place)
  await store.users.add({ id: 'u', email: 'ä@b', password: 'x', operator: false, groups: ['g'], createdAt: 1 })
  await store.grants.open(grant('g0'))
  await store.events.append([event('r0')])
  await store.close()
  const like = async (table: Table, id: (i: number) => string): Promise<void> => {
    const side = await openPlace(place)
    const [first = []] = await side.all(`SELECT ${columnList(table.columns)} FROM ${table.name}`)
    const copies = Array.from({ length: rows - 1 }, (_, i) => [id(i + 1), ...first.slice(1)])
    if (rows > 1) await side.atomically(() => side.insert(table, copies))
    await side.close()
  }
  for (const table of await tablesAt(NEWEST_SCHEMA)) {
    if (table.name === 'grants') await like(table, (i) => `g${i}`)
    if (table.name === 'events') await like(table, (i) => String(i + 1))
  }
  const side = await openPlace(place)
  await side.atomically(() => numberOnFrom(side, BigInt(rows)))
  await side.close()
  return place
}

async function contents(place: Place): Promise<Record<string, readonly string[]>> {
  const side = await openPlace(place)
  const all: Record<string, string[]> = {}
  for (const table of await tablesAt(NEWEST_SCHEMA)) {
    const rows: string[] = []
    for await (const batch of rowsOf(side, table)) rows.push(...batch.map((row) => JSON.stringify(row)))
    all[table.name] = rows.sort()
  }
  await side.close()
  return all
}

async function insert(place: Place, rows: (table: Table) => readonly Cells[]): Promise<void> {
  await migratePlace(place)
  const side = await openPlace(place)
  for (const table of await tablesAt(NEWEST_SCHEMA)) {
    const some = rows(table)
    if (some.length > 0) await side.insert(table, some)
  }
  await side.close()
}

for (const [from, to] of KINDS.flatMap((a) => KINDS.map((b) => [a, b] as const))) {
  test(`from ${from} to ${to} every row arrives once, is counted and compared, and the event says so [doorward-moving]`, async () => {
    const [source, target] = [await filled(from, 2500), await fresh(to)]
    const before = await contents(source)
    const { verdict, tables } = await moveDatabase(source, target, world())
    assert.equal(verdict, 'moved')
    assert.ok(tables.every(isSame))
    assert.equal(tables.find(({ name }) => name === 'grants')?.to.rows, 2500)
    const { events, ...others } = await contents(target)
    const { events: eventsBefore, ...othersBefore } = before
    assert.deepEqual(others, othersBefore)
    assert.equal(events?.length, (eventsBefore?.length ?? 0) + 1)
    const store = open(target)
    const [last] = (await store.events.list({ limit: 5000 })).slice(-1)
    assert.deepEqual([last?.type, last?.detail?.rows], ['database.moved', 5001])
    await store.close()
  })
}

test('any value arrives as it was, there and back: nothing, any integer of 64 bits, any text [doorward-moving]', async () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0') && one.isWellFormed())
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
  const row = fc.record({ texts: fc.array(text, { minLength: 20 }), integers: fc.array(integer, { minLength: 20 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.boolean(), async (given, nothing) => {
      const [first, second, third] = [await fresh('sqlite'), await fresh('postgres'), await fresh('sqlite')]
      await insert(first, ({ name, columns, key }) =>
        given.map(({ texts, integers }, i) =>
          columns.map((column, at) => {
            // Keys and what has to be the only one of its kind differ; the rest is as it comes.
            const isAlone = key.includes(column) || ['email', 'effect', 'kind', 'value'].includes(column.name)
            if (column.kind === 'integer') return isAlone ? String(i) : (integers[at % 20] ?? null)
            const mayBeNothing = name === 'events' && !['type', 'outcome', 'reason'].includes(column.name)
            return isAlone ? `${i} ${texts[at % 20]}` : mayBeNothing && nothing ? null : (texts[at % 20] ?? null)
          }),
        ),
      )
      const before = await contents(first)
      await moveDatabase(first, second, world())
      await moveDatabase(second, third, world())
      const after = await contents(third)
      for (const { name } of await tablesAt(NEWEST_SCHEMA))
        assert.deepEqual(after[name]?.slice().sort(), name === 'events' ? after[name] : before[name])
      for (const one of before.events ?? []) assert.ok(after.events?.includes(one))
    }),
    { numRuns: 2 },
  )
})

test('the one character that PostgreSQL cannot hold is named with its row, and not bent [doorward-moving]', async () => {
  const [source, target] = [await filled('sqlite', 1), await fresh('postgres')]
  const store = open(source)
  await store.invites.add({
    id: 'i',
    note: 'a b',
    mostUses: 1,
    redirectHosts: [],
    scopes: [],
    createdAt: 1,
    expiresAt: 9,
  })
  await store.close()
  // As a release kept it that let such a text in.
  const database = new DatabaseSync(source.location)
  database.prepare('UPDATE invites SET note = ?').run('a\0b')
  database.close()
  await assert.rejects(moveDatabase(source, target, world()), /'invites' \(row "i"\) has the character U\+0000/)
})

for (const kind of KINDS) {
  const other = kind === 'sqlite' ? 'postgres' : 'sqlite'

  test(`from ${kind}: stopped after any batch and called again, it goes on there and doubles nothing [doorward-moving]`, async () => {
    const [source, target] = [await filled(kind, 2500), await fresh(other)]
    const before = await contents(source)
    const seen: string[] = []
    for (let runs = 0; ; runs++) {
      let batches = 0
      try {
        await moveDatabase(
          source,
          target,
          world({ isStopped: () => ++batches > 2, told: ({ step, rows }) => seen.push(`${step} ${rows}`) }),
        )
        break
      } catch (error) {
        assert.match((error as Error).message, /^Stopped; the same command goes on from here/)
        if (runs > 2) break
      }
    }
    const copied = seen.filter((one) => one.startsWith('copying'))
    assert.deepEqual(copied, [...new Set(copied)], 'no batch was written twice')
    assert.equal((await moveDatabase(source, target, world())).verdict, 'moved')
    assert.deepEqual((await contents(target)).grants, before.grants)
    assert.equal((await moveDatabase(source, target, world())).verdict, 'already')
  })

  test(`${kind}: whoever writes to a database that moves is refused at once, who reads or starts within a second [doorward-moving]`, async () => {
    const [source, target] = [await filled(kind, 1500), await fresh(other)]
    let now = NOW
    const running = open(source, () => now)
    const waiting = open(source, () => now)
    await running.users.list()
    await waiting.users.list()
    // The first batch is written, and then nothing more comes.
    let batches = 0
    await assert.rejects(moveDatabase(source, target, world({ isStopped: () => ++batches > 1 })), TransferRefused)
    await assert.rejects(
      running.grants.revoke('g1', { now: 1, reason: 'x' }),
      (error: Error) => error instanceof StoreUnavailable && /closed|moves elsewhere/.test(error.message),
    )
    const writes = [
      () => running.events.append([event('x')]),
      () => running.claims.claim('k', 9),
      () => running.grants.redeem('g1', { now: 1, expiresAt: 9 }),
      () => running.sessions.close('d'),
      () => running.users.add({ id: 'v', email: 'v', password: 'x', operator: true, groups: [], createdAt: 1 }),
    ]
    const row = await contents(source)
    for (const write of writes) await write().catch((error) => assert.ok(error instanceof StoreUnavailable))
    assert.deepEqual(await contents(source), row)
    now += 1000
    await assert.rejects(running.users.list(), /is being moved to .*; serve that one when .* or take it back with/)
    for (const place of [source, target]) {
      const store = open(place)
      await assert.rejects(store.keys.list(), StoreUnavailable, 'a server that starts')
      await store.close()
    }
    await moveDatabase(source, target, world())
    now += 1000
    await assert.rejects(waiting.users.list(), /was moved to/)
    const served = open(target)
    assert.equal((await served.users.list()).length, 1)
    for (const store of [running, waiting, served]) await store.close()
  })

  test(`${kind}: a move that is given up opens the database again, and what was copied serves nobody, ever [doorward-moving]`, async () => {
    const [source, target] = [await filled(kind, 1500), await fresh(other)]
    let now = NOW
    const running = open(source, () => now)
    await running.users.list()
    await assert.rejects(moveDatabase(source, target, world({ isStopped: () => true })), TransferRefused)
    now += 1000
    await assert.rejects(running.users.list(), StoreUnavailable)
    assert.equal((await giveUpMove(source)).other, target.shown)
    now += 1000
    await running.grants.revoke('g1', { now: 1, reason: 'since' })
    assert.equal((await running.grants.find('g1'))?.revokedReason, 'since')
    await assert.rejects(moveDatabase(source, target, world()), /holds something already .*name one that is new/)
    const stale = open(target)
    await assert.rejects(stale.users.list(), /is being filled from .* and is not whole/)
    await stale.close()
    await running.grants.revoke('g2', { now: 1, reason: 'later' })
    const another = await fresh(other)
    await moveDatabase(source, another, world())
    const store = open(another)
    assert.equal((await store.grants.find('g2'))?.revokedReason, 'later')
    await store.close()
    await running.close()
  })

  // Whose statements come first is certain only where the engine answers at once.
  if (kind === 'sqlite')
    test(`${kind}: a move that is given up while another process copies never ends well, and its copy serves nobody [doorward-moving]`, async () => {
      const [source, target] = [await filled(kind, 50), await fresh(other)]
      let given: Promise<unknown> | undefined
      const told = () => {
        given ??= giveUpMove(source)
      }
      // Whoever is told of a step waits for nobody, so the mover is held up at the next.
      const isStopped = () => false
      const moving = moveDatabase(source, target, world({ told, isStopped }))
      await assert.rejects(moving, TransferRefused)
      await given
      const stale = open(target)
      await assert.rejects(stale.users.list(), /is not whole/)
      await stale.close()
      const served = open(source)
      assert.equal((await served.users.list()).length, 1)
      await served.close()
    })

  test(`to ${kind}: the numbers of events go on behind those that were forgotten [doorward-moving]`, async () => {
    const [source, target] = [await filled(other, 20), await fresh(kind)]
    const side = await openPlace(source)
    await side.run('DELETE FROM events WHERE id > 5')
    await side.close()
    await moveDatabase(source, target, world())
    const store = open(target)
    assert.deepEqual(
      (await store.events.list({ limit: 9 })).map(({ id }) => id),
      [1, 2, 3, 4, 5, 21],
    )
    await store.close()
  })
}

const CRASHES: readonly (readonly [string, (source: Place, target: Place) => Promise<void>])[] = [
  [
    'between the closing of the one and the first word in the other',
    async (source, target) => {
      const side = await openPlace(source)
      const mark = { state: 'leaving', id: 'crashed', other: target.shown } as const
      await closeDatabase(side, await tablesAt(NEWEST_SCHEMA), mark)
      await side.close()
    },
  ],
  [
    'between the end of the one and the beginning of the other',
    async (source, target) => {
      const nowMilliseconds = () => {
        throw new Error('crash')
      }
      await assert.rejects(moveDatabase(source, target, world({ nowMilliseconds })), /crash/)
    },
  ],
]
for (const [what, crash] of CRASHES) {
  test(`a crash ${what} leaves neither to be served, and the same command goes on [doorward-moving]`, async () => {
    const [source, target] = [await filled('sqlite', 3), await fresh('postgres')]
    const before = await contents(source)
    await crash(source, target)
    const stores = [open(source)]
    if ((await markOf(target)) !== undefined) stores.push(open(target))
    for (const store of stores) {
      await assert.rejects(store.users.list(), StoreUnavailable)
      await store.close()
    }
    assert.equal((await moveDatabase(source, target, world())).verdict, 'moved')
    assert.deepEqual((await contents(target)).grants, before.grants)
    assert.equal((await markOf(source))?.state, 'left')
    assert.equal(await markOf(target), undefined)
  })
}

async function markOf(place: Place) {
  const side = await openPlace(place)
  const mark = await readMark(side)
  await side.close()
  return mark
}

test('however many move the same at once, the rows arrive once [doorward-moving]', async () => {
  const [source, target] = [await filled('sqlite', 3000), await fresh('postgres')]
  const before = await contents(source)
  const ends = await Promise.allSettled(Array.from({ length: 3 }, () => moveDatabase(source, target, world())))
  const moved = await moveDatabase(source, target, world())
  assert.ok(['moved', 'already'].includes(moved.verdict), JSON.stringify(ends))
  const after = await contents(target)
  assert.deepEqual(after.grants, before.grants)
  assert.equal(after.events?.length, 3001)
})

test('a row that came to the target by another way is found, and the target stays unusable [doorward-moving]', async () => {
  const [source, target] = [await filled('sqlite', 1500), await fresh('postgres')]
  let batches = 0
  await assert.rejects(moveDatabase(source, target, world({ isStopped: () => ++batches > 3 })), TransferRefused)
  const side = await openPlace(target)
  await side.run("INSERT INTO claims (key, mark, until) VALUES ('x', '', 1)")
  await side.run("UPDATE grants SET scope = 'more' WHERE id = 'g0'")
  await side.close()
  const { verdict, tables } = await moveDatabase(source, target, world())
  assert.equal(verdict, 'differs')
  assert.deepEqual(
    tables.filter((one) => !isSame(one)).map(({ name }) => name),
    ['claims', 'grants'],
  )
  const store = open(target)
  await assert.rejects(store.users.list(), /is not whole/)
  await store.close()
})

const REFUSED: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
  [
    'into a database that holds something',
    async () => moveDatabase(await filled('sqlite', 1), await filled('postgres', 1), world()),
    /holds something already \(in 'events'\)/,
  ],
  [
    'to another place than it was begun to',
    async () => {
      const source = await filled('sqlite', 1)
      await moveDatabase(source, await fresh('postgres'), world({ isStopped: () => true })).catch(() => undefined)
      await moveDatabase(source, await fresh('sqlite'), world())
    },
    /is being moved to .*; go on with that, written as it was, or give it up/,
  ],
  [
    'a second time, elsewhere',
    async () => {
      const source = await filled('sqlite', 1)
      await moveDatabase(source, await fresh('sqlite'), world())
      await moveDatabase(source, await fresh('sqlite'), world())
    },
    /was moved to .* before; move on from there/,
  ],
  [
    'that was finished, where the new one is gone since',
    async () => {
      const [source, target] = [await filled('sqlite', 1), await fresh('sqlite')]
      await moveDatabase(source, target, world())
      assert.equal((await moveDatabase(source, target, world())).verdict, 'already')
      for (const end of ['', '-wal', '-shm']) rmSync(`${target.location}${end}`, { force: true })
      await moveDatabase(source, target, world())
    },
    /was moved to .* before, and nothing is there now; bring that one back, or its backup\. .*'doorward restore'/,
  ],
  [
    'from one that is not whole',
    async () => {
      const [source, half] = [await filled('sqlite', 1), await fresh('sqlite')]
      await moveDatabase(source, half, world({ isStopped: () => true })).catch(() => undefined)
      await moveDatabase(half, await fresh('sqlite'), world())
    },
    /is not whole itself/,
  ],
  [
    'two into one',
    async () => {
      const target = await fresh('sqlite')
      await moveDatabase(await filled('sqlite', 1), target, world({ isStopped: () => true })).catch(() => undefined)
      await moveDatabase(await filled('sqlite', 1), target, world())
    },
    /holds something already/,
  ],
  [
    'given up, where none is under way',
    async () => giveUpMove(await filled('sqlite', 1)),
    /No move from .* nothing was changed/,
  ],
  [
    'given up, where it was finished',
    async () => {
      const source = await filled('postgres', 1)
      await moveDatabase(source, await fresh('sqlite'), world())
      return giveUpMove(source)
    },
    /was finished, and what was ended since would live again here; to come back, move from there/,
  ],
  [
    'from one that a newer Doorward made',
    async () => {
      const source = await filled('sqlite', 1)
      const side = await openPlace(source)
      await side.run('PRAGMA user_version = 99')
      await side.close()
      await moveDatabase(source, await fresh('sqlite'), world())
    },
    /newer Doorward \(schema 99/,
  ],
]
for (const [what, attempt, problem] of REFUSED) {
  test(`a move ${what} is refused with what to do [doorward-moving]`, async () => {
    await assert.rejects(attempt, (error: Error) => {
      assert.ok(error instanceof TransferRefused, String(error.stack))
      assert.match(error.message, problem)
      return true
    })
  })
}

for (const kind of KINDS) {
  test(`${kind}: a wrong target that an older release serves keeps its schema [doorward-moving]`, async () => {
    const [source, wrong] = [await filled('sqlite', 1), await fresh(kind)]
    const older = openStore(wrong.location, () => NOW, undefined, MIGRATIONS.slice(0, 10))
    await older.users.add({ id: 'u', email: 'a@b', password: 'x', operator: false, groups: [], createdAt: 1 })
    await assert.rejects(moveDatabase(source, wrong, world()), /holds something already \(in 'users'\)/)
    assert.equal(await older.schema(), 'current')
    await older.close()
  })
}

test('what is refused at the beginning leaves the old database open [doorward-moving]', async () => {
  const source = await filled('sqlite', 1)
  await assert.rejects(moveDatabase(source, await filled('postgres', 1), world()), TransferRefused)
  const store = open(source)
  await store.grants.revoke('g0', { now: 1, reason: 'x' })
  await store.close()
  assert.ok(existsSync(source.location))
})
