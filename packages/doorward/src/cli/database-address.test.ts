import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from './config.ts'
import { databaseOf, shownDatabase } from './database-address.ts'
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

test('an address is printed without its password', () => {
  assert.equal(shownDatabase('postgres://u:secret@h/d?pool_max=3'), 'postgres://u:***@h/d?pool_max=3')
})
