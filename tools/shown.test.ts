import assert from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ADMIN_PAGES } from '../packages/doorward/src/console/admin/pages/index.ts'
import { PAGES } from '../packages/doorward/src/console/pages/index.ts'
import { LANGUAGES, type Words } from '../packages/doorward/src/console/words/words.ts'
import { gallery } from './gallery.ts'
import { LOOKS, PICTURES, SHOWN, SHOWN_TO_OPERATORS } from './shown.ts'

const ROOT = new URL('..', import.meta.url).pathname
const MOST_BYTES = 350_000
const read = (path: string) => readFileSync(join(ROOT, path))
const document = read('docs/pages.md').toString()
const shown: Readonly<Record<string, readonly string[]>> = { ...SHOWN, ...SHOWN_TO_OPERATORS }

for (const page of [...Object.keys(PAGES), ...Object.keys(ADMIN_PAGES)]) {
  test(`the page '${page}' has a picture, which docs/pages.md shows`, () => {
    const names = shown[page] ?? []
    assert.ok(names.length > 0)
    for (const name of names) {
      const picture = read(`docs/images/${name}.png`)
      assert.equal(picture.subarray(1, 4).toString(), 'PNG')
      assert.ok(document.includes(`src="images/${name}.png"`), `npm run screenshots draws ${name}; show it`)
    }
  })
}

test('each picture is of a page of the gallery, and of a look that there is', () => {
  const pages = gallery(LANGUAGES[0] as Words)
  for (const name of Object.values(shown).flat()) assert.ok(Object.hasOwn(pages, name), name)
  for (const name of LOOKS.flatMap(({ only = [] }) => only)) assert.ok(PICTURES.includes(name), name)
})

test('what npm run screenshots draws, the folder holds and docs/pages.md shows: no more and no less, and no file is large', () => {
  const files = readdirSync(join(ROOT, 'docs/images')).filter((name) => name.endsWith('.png'))
  const drawn = PICTURES.map((name) => `${name}.png`).sort()
  assert.deepEqual(files.sort(), drawn)
  assert.deepEqual([...document.matchAll(/src="images\/([^"]+)"/g)].map(([, name]) => name).sort(), drawn)
  for (const name of files) assert.ok(read(`docs/images/${name}`).length < MOST_BYTES, name)
})

test('every picture of a document is there, and says in words what it shows', () => {
  for (const path of ['README.md', ...globSync('docs/*.md', { cwd: ROOT })]) {
    for (const [image, source] of read(path)
      .toString()
      .matchAll(/<img src="([^"]+)"[^>]*>/g)) {
      assert.ok(read(join(dirname(path), source ?? '')).length > 0)
      assert.match(image, / alt="[^"]{20,}"/, path)
    }
  }
})
