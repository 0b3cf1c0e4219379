import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresSettings } from './postgres-settings.ts'

test('what is ours in the address of a database is read and kept from the driver, the rest is left as it is', () => {
  const given = 'postgres://u:p%40ss@h:6432/d?sslmode=require&pool_max=20&prepared=no'
  assert.deepEqual(postgresSettings(given), {
    addresses: ['postgres://u:p%40ss@h:6432/d?sslmode=require'],
    most: 20,
    isPrepared: false,
  })
  for (const [prepared, isPrepared] of Object.entries({ yes: true, no: false, auto: undefined }))
    assert.equal(postgresSettings(`postgres://h/d?prepared=${prepared}`).isPrepared, isPrepared)
  const bare = 'postgresql://u@%2Frun%2Fpostgresql/d'
  assert.deepEqual(postgresSettings(bare), { addresses: [bare], most: 8, isPrepared: undefined })
  assert.deepEqual(postgresSettings('postgres://u:pw@one:5432,two:5433/d?pool_max=3'), {
    addresses: ['postgres://u:pw@one:5432/d', 'postgres://u:pw@two:5433/d'],
    most: 3,
    isPrepared: undefined,
  })
})

test('what nobody would heed is refused by its name: a wish for TLS that is misspelt would else be none', () => {
  for (const name of ['sslmod', 'SSLMODE', 'channel_binding', 'query_timeout', 'types', 'pipeline', '']) {
    const refused = new RegExp(`^Error: The address of the database asks for '${name}', which .* Known: .*sslmode`)
    assert.throws(() => postgresSettings(`postgres://u:geheim@h/d?sslmode=require&${name}=1`), refused, name)
  }
  for (const address of ['postgres://u:12?geheim@h/d', 'postgres://u:12?geheim=x@h/d'])
    assert.throws(() => postgresSettings(address), /^(?!.*geheim).*write \/ as %2F, \? as %3F/)
})

test('what is ours and cannot be is refused by name, value and mend', () => {
  for (const [query, name] of [
    ['pool_max=0', 'pool_max'],
    ['pool_max=many', 'pool_max'],
    ['pool_max=-1', 'pool_max'],
    ['pool_max=1000', 'pool_max'],
    ['pool_max=', 'pool_max'],
    ['prepared=maybe', 'prepared'],
    ['prepared=toString', 'prepared'],
  ] as const) {
    const refused = new RegExp(`^Error: The database's ${name} is '${query.split('=')[1]}'; give `)
    assert.throws(() => postgresSettings(`postgres://h/d?${query}`), refused, query)
  }
})
