import assert from 'node:assert/strict'
import { test } from 'node:test'
import { day, moment } from './moment.ts'

test('however many times stand on however many pages, they are written by the same few formatters', (context) => {
  const Real = Intl.DateTimeFormat
  const made: unknown[] = []
  context.mock.method(Intl, 'DateTimeFormat', function counted(...given: ConstructorParameters<typeof Real>) {
    made.push(given)
    return new Real(...given)
  })
  for (let i = 0; i < 100; i++) {
    for (const [lang, then, today] of [
      ['en', 'Nov 23, 2026, 12:00 AM UTC', 'Nov 23'],
      ['de', '23.11.2026, 00:00 UTC', '23. Nov.'],
      ['fr', '23 nov. 2026, 00:00 UTC', '23 nov.'],
    ] as const) {
      const { text } = moment({ lang }, 1_795_392_000)
      assert.equal(text.replace(/\s/g, ' '), `<time datetime="2026-11-23T00:00:00.000Z">${then}</time>`)
      assert.equal(day({ lang }, 1_795_392_000), today)
    }
  }
  assert.ok(made.length <= 6, `${made.length} were made`)
})
