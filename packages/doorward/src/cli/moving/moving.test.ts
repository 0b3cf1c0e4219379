import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deriveKey } from '@doorward/core/kernel/seal'
import { Command } from 'commander'
import { makeKey } from '../../authority/keys/make-key.ts'
import { openStore } from '../../store/index.ts'
import { backup } from '../commands/backup.ts'
import { restore } from '../commands/restore.ts'
import { SIGNING_KEYS } from '../compose.ts'
import { UsageError } from '../problem.ts'
import { existingDatabase, namedDatabase, placeOf } from './named-database.ts'
import { writeNewFile } from './new-file.ts'
import { bringSecret, refuseOtherSecret, triedSecret } from './same-secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-moving-'))
after(() => rmSync(folder, { recursive: true }))
let names = 0
const fresh = (): string => join(folder, `${++names}.sqlite`)
const secretText = (byte: number): string => Buffer.alloc(32, byte).toString('base64url')
const POSTGRES = 'postgres://ada:hidden@db.example/doorward'

/** A database whose keys are sealed under a secret. */
async function sealedUnder(byte: number): Promise<string> {
  const path = fresh()
  const store = openStore(path, () => 1)
  const key = await makeKey('ES256', deriveKey(Buffer.alloc(32, byte), SIGNING_KEYS), {
    createdAt: 1,
    nonce: randomBytes(12),
  })
  await store.keys.add(key, undefined, { type: 'key.added', outcome: 'allowed', reason: 'due' })
  await store.close()
  return path
}

const config = join(folder, 'doorward.config.json')
writeFileSync(config, JSON.stringify({ database: 'here.sqlite' }))
const NAMED: readonly (readonly [string, Record<string, string>, string])[] = [
  ['a/b.sqlite', {}, join(process.cwd(), 'a/b.sqlite')],
  [POSTGRES, {}, POSTGRES],
  ['postgres', { DOORWARD_DATABASE: POSTGRES }, POSTGRES],
  // The environment names where it goes, the config file where it is.
  ['sqlite', { DOORWARD_DATABASE: POSTGRES }, join(process.cwd(), 'here.sqlite')],
  ['sqlite', { DOORWARD_DATABASE: '/there.sqlite' }, '/there.sqlite'],
]
for (const [named, env, meant] of NAMED) {
  test(`'${named}' with ${JSON.stringify(Object.keys(env))} is ${meant.replace(process.cwd(), '.')}`, () => {
    assert.equal(namedDatabase('--from', named, config, env).location, meant)
  })
}

const NOT_NAMED: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  ['postgres', {}, /--to is 'postgres', and neither .* set DOORWARD_DATABASE to its address, or give that/],
  [':memory:', {}, /--to is a database in memory; give a file path or postgres/],
  ['mysql://db', {}, /'mysql:\/\/…' is of a kind that this version does not speak/],
  ['sqlite', { DOORWARD_DATABSE: 'x' }, /DOORWARD_DATABSE is not known/],
]
for (const [named, env, problem] of NOT_NAMED) {
  test(`'${named}' with ${JSON.stringify(env)} is refused with what to do`, () => {
    assert.throws(
      () => namedDatabase('--to', named, config, env),
      (error: Error) => error instanceof UsageError && problem.test(error.message),
    )
  })
}

test('a password of an address is printed nowhere, and a mistyped path makes no database', () => {
  assert.equal(placeOf(POSTGRES).shown, 'postgres://ada:***@db.example/doorward')
  assert.throws(() => existingDatabase(placeOf('/nowhere.sqlite')), /There is no Doorward database at/)
})

test('a secret that is not the one of the database is found before anything is done, and the right one is named', async () => {
  const path = await sealedUnder(1)
  const place = placeOf(path)
  assert.equal(await triedSecret(place, {}), undefined)
  const given = { DOORWARD_SECRET: secretText(1) }
  assert.equal((await triedSecret(place, given))?.source, 'DOORWARD_SECRET')
  const wrong = { DOORWARD_SECRET: secretText(2) }
  await assert.rejects(triedSecret(place, wrong), /DOORWARD_SECRET is not the secret of .* find that one first/)
  writeFileSync(`${path}.key`, secretText(1))
  await assert.rejects(triedSecret(place, wrong), /and .*\.key is; unset DOORWARD_SECRET, or set DOORWARD_SECRET_FILE=/)
  assert.equal((await triedSecret(place, {}))?.source, `${path}.key`)
})

test('the secret comes along to a file, and is named for PostgreSQL', async () => {
  const known = { secret: Buffer.alloc(32, 1), source: `${fresh()}.key` }
  writeFileSync(known.source, secretText(1))
  const to = placeOf(fresh())
  for (let i = 0; i < 2; i++) assert.match(bringSecret(known, to), /The secret was copied to .*\.key/)
  assert.equal(readFileSync(`${to.location}.key`, 'utf8'), secretText(1))
  assert.equal(statSync(`${to.location}.key`).mode & 0o777, 0o600)
  assert.match(bringSecret(known, placeOf(POSTGRES)), /copy .*\.key to where it runs and set DOORWARD_SECRET_FILE/)
  const fromEnvironment = { ...known, source: 'DOORWARD_SECRET' }
  const other = placeOf(fresh())
  assert.match(bringSecret(fromEnvironment, other), /Keep DOORWARD_SECRET as it is/)
  assert.equal(existsSync(`${other.location}.key`), false, 'what lies in a vault is not written beside the database')
  assert.match(bringSecret(undefined, other), /Give each server on it the secret that those on the old one had/)
})

test('another secret beside the file that is to be filled is refused', () => {
  const known = { secret: Buffer.alloc(32, 1), source: 'DOORWARD_SECRET' }
  const to = placeOf(fresh())
  writeFileSync(`${to.location}.key`, secretText(2))
  assert.throws(() => refuseOtherSecret(known, to), /holds another secret than DOORWARD_SECRET/)
  writeFileSync(`${to.location}.key`, secretText(1))
  refuseOtherSecret(known, to)
})

test('a restore refuses another secret beside the file that it fills, and says where the one is that servers need [doorward-restore]', async () => {
  const source = await sealedUnder(1)
  const given = { DOORWARD_SECRET: secretText(1) }
  const file = join(folder, 'for-restore.backup')
  const run = async (args: readonly string[], env: Record<string, string>) => {
    const printed: string[] = []
    const program = new Command().exitOverride()
    const terminal = {
      print: (line: string) => void printed.push(line),
      say: () => undefined,
      redraw: undefined,
      readInput: async () => '',
      readLine: async () => undefined,
      env,
      untilStopped: () => new Promise<void>(() => undefined),
      outliveReader: () => undefined,
    }
    for (const add of [backup, restore]) add(program, terminal)
    await program.parseAsync(args, { from: 'user' })
    return printed.join('\n')
  }
  await run(['backup', file, '--database', source], given)
  const to = fresh()
  writeFileSync(`${to}.key`, secretText(2))
  await assert.rejects(run(['restore', file, '--database', to], given), /holds another secret than DOORWARD_SECRET/)
  assert.equal(existsSync(to), false)
  rmSync(`${to}.key`)
  assert.match(
    await run(['restore', file, '--database', to], given),
    /Keep DOORWARD_SECRET as it is for each server on it/,
  )
  const beside = fresh()
  writeFileSync(`${beside}.key`, secretText(1))
  assert.match(await run(['restore', file, '--database', beside], {}), /The secret lies at .*\.key; without it/)
})

test('a new file is for its owner alone, has its name when it is whole, and takes nobody’s place', async () => {
  const path = join(mkdtempSync(join(folder, 'files-')), 'a.backup')
  const names = () => readdirSync(join(path, '..'))
  await writeNewFile(path, async (write) => {
    await write(Buffer.from('one '))
    assert.equal(existsSync(path), false)
    assert.equal(names().length, 1)
    await write(Buffer.from('two'))
  })
  assert.equal(readFileSync(path, 'utf8'), 'one two')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(
    writeNewFile(path, async () => undefined),
    /There is a file .* already; give another name/,
  )
  const late = join(path, '..', 'b.backup')
  await assert.rejects(
    writeNewFile(late, async () => writeFileSync(late, 'somebody else’s')),
    UsageError,
  )
  assert.equal(readFileSync(late, 'utf8'), 'somebody else’s')
  await assert.rejects(
    writeNewFile(join(path, '..', 'c.backup'), async () => {
      throw new Error('the disk is full')
    }),
    /the disk is full/,
  )
  assert.deepEqual(names().sort(), ['a.backup', 'b.backup'])
})

test('a file system without links keeps a backup too, and takes nobody’s place there', async (t) => {
  const path = join(mkdtempSync(join(folder, 'files-')), 'a.backup')
  const names = () => readdirSync(join(path, '..')).sort()
  t.mock.method(promises, 'link', async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
  })
  syncBuiltinESMExports()
  try {
    await writeNewFile(path, (write) => write(Buffer.from('all of it')))
    assert.equal(readFileSync(path, 'utf8'), 'all of it')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const late = join(path, '..', 'b.backup')
    await assert.rejects(
      writeNewFile(late, async () => writeFileSync(late, 'somebody else’s')),
      /There is a file .* already/,
    )
    assert.equal(readFileSync(late, 'utf8'), 'somebody else’s')
    assert.deepEqual(names(), ['a.backup', 'b.backup'])
  } finally {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  }
})
