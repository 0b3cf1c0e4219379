import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from './config.ts'
import { databaseOf, isPostgres, shownDatabase } from './database-address.ts'
import { UsageError } from './problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-address-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('the address of the database may come in a file, as secrets do', () => {
  const path = join(folder, 'address')
  writeFileSync(path, 'postgres://u:secret@h/d\n')
  assert.equal(databaseOf({ DOORWARD_DATABASE_FILE: path }), 'postgres://u:secret@h/d')
  assert.equal(readConfig(undefined, { DOORWARD_DATABASE_FILE: path }).database, 'postgres://u:secret@h/d')
  assert.equal(databaseOf({ DOORWARD_DATABASE: 'here.sqlite' }), 'here.sqlite')
  assert.equal(databaseOf({}), undefined)
})

test('a file without an address, or besides another one, is refused by name and mend', () => {
  const empty = join(folder, 'empty')
  writeFileSync(empty, '\n')
  const missing = join(folder, 'missing')
  for (const [env, said] of [
    [{ DOORWARD_DATABASE_FILE: missing }, /DOORWARD_DATABASE_FILE names '.*missing', which cannot be read; check/],
    [{ DOORWARD_DATABASE_FILE: empty }, /which is empty; write/],
    [{ DOORWARD_DATABASE_FILE: empty, DOORWARD_DATABASE: 'x' }, /Both DOORWARD_DATABASE and .*; keep the one/],
  ] as const)
    assert.throws(
      () => databaseOf(env),
      (error) => error instanceof UsageError && said.test(error.message),
    )
})

const SHOWN: readonly (readonly [string, string])[] = [
  ['doorward.sqlite', 'doorward.sqlite'],
  ['postgres://ada:s3cret@db.example:5432/doorward', 'postgres://ada:***@db.example:5432/doorward'],
  ['postgresql://ada:s3cret@one:5432,two:5433/doorward', 'postgresql://ada:***@one:5432,two:5433/doorward'],
  [
    'postgres://ada@one,two/doorward?password=s3cret&sslmode=verify-full',
    'postgres://ada@one,two/doorward?password=***&sslmode=verify-full',
  ],
  [
    'postgres://one/doorward?sslpassword=s3cret&sslmode=require',
    'postgres://one/doorward?sslpassword=***&sslmode=require',
  ],
  ['postgres://ada:s3/cret@one/doorward', 'postgres://ada:***@one/doorward'],
  ['postgres://ada:s3@cret@one,two/doorward', 'postgres://ada:***@one,two/doorward'],
  ['postgres://one:5432,two:5432/doorward', 'postgres://one:5432,two:5432/doorward'],
]

for (const [address, shown] of SHOWN) {
  test(`of ${address.replaceAll(/s3\W?cret/g, '(password)')} the password is not shown`, () => {
    assert.equal(shownDatabase(address), shown)
    assert.equal(isPostgres(address), address.startsWith('postgres'))
  })
}

const read = (address: string) => readConfig(undefined, { DOORWARD_DATABASE: address }).database

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  [
    'in quotes',
    '"postgres://ada:s3cret@one/doorward"',
    /does not begin with postgres:\/\/; write it so, with no quotes/,
  ],
  ['in other quotes', "'postgresql://ada:s3cret@one/doorward'", /does not begin with postgres:\/\//],
  ['after a space', ' postgres://ada:s3cret@one/doorward', /does not begin with postgres:\/\//],
  ['with a slash too few', 'postgres:/ada:s3cret@one/doorward', /does not begin with postgres:\/\//],
  ['of another engine in quotes', '"mysql://ada:s3cret@one/doorward"', /does not begin with postgres:\/\//],
  [
    'of another engine',
    'mysql://ada:s3cret@one/doorward',
    /'mysql:\/\/…' is of a kind that this version does not speak/,
  ],
  ['with a # in the password', 'postgres://ada:s3#cret@one/doorward', /cannot be read; .* # as %23/],
  ['with a / in the password', 'postgres://ada:s3/cret@one/doorward', /cannot be read; .* write \/ as %2F/],
  ['with a port that there is not', 'postgres://ada:s3cret@one,two:70000/doorward', /give a port up to 65535/],
  ['that is empty', '', /is set to nothing; give a file path or postgres/],
]
for (const [how, address, said] of REFUSED) {
  test(`an address ${how} becomes no file, and is told without its password`, () => {
    assert.throws(
      () => read(address),
      (error) => error instanceof UsageError && said.test(error.message) && !/s3|cret/.test(error.message),
    )
  })
}

test('a path is a path, and an address that can be read is left as it is', () => {
  for (const location of ['doorward.sqlite', './postgres.sqlite', 'C:\\data\\d.sqlite', 'C:/data/d.sqlite', ':memory:'])
    assert.equal(read(location), location)
  for (const address of [
    'postgres://ada@%2Frun%2Fpostgresql/d',
    'postgres://ada:p%23@/d?host=/run',
    'postgresql://[::1]:5432/d',
  ])
    assert.equal(read(address), address)
})
