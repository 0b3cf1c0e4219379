import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { LANGUAGES, type Words } from '../packages/doorward/src/console/words/words.ts'
import { gallery } from './gallery.ts'

const [english, ...others] = LANGUAGES as [Words, ...Words[]]
const MOST_BYTES = 30_000

for (const words of LANGUAGES) {
  test(`each page in ${words.lang} stays under 30 kB on the wire and is painted by itself, without a script`, () => {
    for (const [name, { bytes }] of Object.entries(gallery(words))) {
      assert.ok(gzipSync(bytes).length < MOST_BYTES, `${name} is ${gzipSync(bytes).length} bytes`)
      const html = String(bytes)
      const before = html.slice(0, html.indexOf('</main>'))
      assert.equal(before.match(/<script|<link rel="stylesheet|<iframe/), null, name)
      assert.ok(html.startsWith(`<!doctype html><html lang="${words.lang}">`), name)
    }
  })
}

for (const words of others) {
  test(`no page in ${words.lang} has an English sentence that is not marked as one`, () => {
    const originals = gallery(english)
    const pages = gallery(words)
    const left = Object.entries(originals).flatMap(([name, page]) => {
      const theirs = new Set(sentences(String(pages[name]?.bytes)))
      return sentences(String(page.bytes))
        .filter((text) => theirs.has(text))
        .map((text) => `${name}: ${text}`)
    })
    assert.deepEqual(left, [])
  })
}

/** Quotation marks of other languages: in German “ closes what „ opened. */
const FOREIGN_MARKS: Readonly<Record<string, RegExp>> = { de: /”|(?<!„[^„“]*)“/u, fr: /[“”„]/u }
for (const words of others) {
  test(`every name that a page in ${words.lang} quotes stands in the marks of that language`, () => {
    const foreign = FOREIGN_MARKS[words.lang] as RegExp
    const left = Object.entries(gallery(words)).filter(([, { bytes }]) => foreign.test(read(String(bytes))))
    assert.deepEqual(
      left.map(([name]) => name),
      [],
    )
    assert.match('“Codex”', foreign)
  })
}

/** What is read on a page in its language: without code, and without what is marked as English. */
function read(page: string): string {
  return page
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<(\w+)\b[^>]* lang="en"[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, '')
}

// WCAG 2.2, 2.4.2: several of them are open side by side, where somebody looks for what went wrong.
for (const words of LANGUAGES) {
  test(`the page of a reason says in its title which, in ${words.lang}`, () => {
    const { reason, errors } = gallery(words)
    const titleOf = (page: typeof reason) => /<title>(.*?)<\/title>/.exec(String(page?.bytes))?.[1]
    assert.equal(titleOf(reason), `redirect_uri_not_registered · ${titleOf(errors)}`)
  })
}

test('the words of an English page are found, so that none of them can be missed', () => {
  const found = sentences(String(gallery(english).consent?.bytes))
  for (const text of ['Answer goes to', english.consent.elsewhereCaution, english.client.thisComputerCaution]) {
    assert.ok(found.includes(text), text)
  }
  const spoken = sentences(String(gallery(english).home?.bytes))
  assert.ok(spoken.includes(english.home.linesFor('Cursor')), 'what only a screen reader says')
})

/**
 * What somebody reads or hears on a page, piece by piece. Left out is what is the same in every language: names, addresses, code
 * and an operator's words, which stand in elements of their own, and what is marked as English.
 */
function sentences(html: string): string[] {
  const own = html
    .replace(/<(style|script|bdi|code)\b[\s\S]*?<\/\1>/g, '<i>')
    .replace(/<(div|span|section|ul)\b[^>]* lang="en"[\s\S]*?<\/\1>/g, '<i>')
  const spoken = [...own.matchAll(/ (?:aria-label|alt|title|placeholder|data-what|data-copied)="([^"]*)"/g)].map(
    ([, text]) => text as string,
  )
  const read = own.replace(' · Doorward</title>', '</title>').split(/<[^>]*>/)
  return [...read, ...spoken].map((text) => text.trim()).filter((text) => /\p{L}{2}.*\s.*\p{L}{2}/u.test(text))
}
