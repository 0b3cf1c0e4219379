import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DEV_DATABASE } from './database.ts'
import { checkDatabaseFile, prepareDatabaseFile } from './database-file.ts'
import { UsageError } from './problem.ts'

const root = mkdtempSync(join(tmpdir(), 'doorward-database-file-'))
after(() => rmSync(root, { recursive: true }))
const fresh = () => mkdtempSync(join(root, 'a-'))

test('the folder of a database is made for its owner alone, and for nobody to commit what comes to lie there', () => {
  const folder = fresh()
  prepareDatabaseFile(join(folder, DEV_DATABASE), 'X')
  assert.deepEqual(readdirSync(join(folder, '.doorward')), ['.gitignore'])
  assert.equal(readFileSync(join(folder, '.doorward/.gitignore'), 'utf8'), '*\n')
  assert.equal(statSync(join(folder, '.doorward')).mode & 0o777, 0o700)
})

test('in a folder that is somebody’s already nothing is made', () => {
  const folder = fresh()
  prepareDatabaseFile(join(folder, 'd.sqlite'), 'X')
  assert.deepEqual(readdirSync(folder), [])
})

test('what is no file has none, and one that is empty may become a database', () => {
  const folder = fresh()
  for (const database of [':memory:', 'postgres://a.example/none']) prepareDatabaseFile(database, 'X')
  const empty = join(folder, 'd.sqlite')
  writeFileSync(empty, '')
  prepareDatabaseFile(empty, 'X')
  assert.equal(statSync(empty).size, 0)
})

const REFUSED: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  [
    'a folder',
    (path) => mkdirSync(path),
    /^The database '\S+d\.sqlite' is a folder; name a file in it, such as '\S+d\.sqlite\/doorward\.sqlite', or name another file with X\.$/,
  ],
  [
    'some text',
    (path) => writeFileSync(path, 'the notes of somebody'),
    /^The file '\S+d\.sqlite' is no SQLite database; check the path, or name another file with X\.$/,
  ],
]
for (const [what, make, sentence] of REFUSED) {
  test(`a database that is ${what} is refused with its path and what to do, and nothing is made beside it`, () => {
    const folder = fresh()
    const path = join(folder, 'd.sqlite')
    make(path)
    for (const look of [prepareDatabaseFile, checkDatabaseFile])
      assert.throws(
        () => look(path, 'X'),
        (error) => error instanceof UsageError && sentence.test(error.message),
      )
    assert.deepEqual(readdirSync(folder), ['d.sqlite'])
  })
}

test('a database in a folder that is a file is refused with what the system says', () => {
  const file = join(fresh(), 'notes')
  writeFileSync(file, '')
  assert.throws(
    () => prepareDatabaseFile(join(file, 'in', 'd.sqlite'), 'X'),
    /The folder '\S+notes\/in' of the database '\S+' cannot be made \(ENOTDIR: not a directory\); make it, .* or name another file with X\.$/,
  )
})

/** Root may write wherever it likes. */
const skip = process.getuid?.() === 0 ? 'nothing is closed to root' : false

const CLOSED: readonly (readonly [string, number, number | undefined, RegExp])[] = [
  [
    'a folder that is not ours',
    0o500,
    undefined,
    /^The folder '\S+' of the database '\S+' cannot be written to \(EACCES/,
  ],
  [
    'a file that is not ours',
    0o700,
    0o400,
    /^The database '\S+' cannot be read and written \(EACCES: permission denied\)/,
  ],
]
for (const [where, folderMode, fileMode, sentence] of CLOSED) {
  test(`a database in ${where} is refused before anything is made`, { skip }, () => {
    const folder = fresh()
    const path = join(folder, 'd.sqlite')
    if (fileMode !== undefined) writeFileSync(path, '', { mode: fileMode })
    const before = readdirSync(folder)
    chmodSync(folder, folderMode)
    try {
      assert.throws(
        () => prepareDatabaseFile(path, 'X'),
        (error) => error instanceof UsageError && sentence.test(error.message),
      )
      assert.deepEqual(readdirSync(folder), before)
    } finally {
      chmodSync(folder, 0o700)
    }
  })
}
