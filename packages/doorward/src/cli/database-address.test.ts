import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPostgres, shownDatabase } from './database-address.ts'

const SHOWN: readonly (readonly [string, string])[] = [
  ['doorward.sqlite', 'doorward.sqlite'],
  ['postgres://ada:s3cret@db.example:5432/doorward', 'postgres://ada:***@db.example:5432/doorward'],
  ['postgresql://ada:s3cret@one:5432,two:5433/doorward', 'postgresql://ada:***@one:5432,two:5433/doorward'],
  [
    'postgres://ada@one,two/doorward?password=s3cret&sslmode=verify-full',
    'postgres://ada@one,two/doorward?password=***&sslmode=verify-full',
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
