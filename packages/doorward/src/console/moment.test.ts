import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { day, LOCAL_TIMES, moment } from './moment.ts'

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

for (const [lang, zone, winter, summer] of [
  ['en', 'America/New_York', 'Dec 31, 2040, 7:00 PM EST', 'Jul 1, 2040, 8:00 PM EDT'],
  ['de', 'Europe/Berlin', '01.01.2041, 01:00 MEZ', '02.07.2040, 02:00 MESZ'],
  ['fr', 'Asia/Kolkata', '1 janv. 2041, 05:30 UTC+5:30', '2 juil. 2040, 05:30 UTC+5:30'],
  ['en', 'UTC', 'Jan 1, 2041, 12:00 AM UTC', 'Jul 2, 2040, 12:00 AM UTC'],
] as const) {
  test(`a time that a script writes names its zone, in ${lang} in ${zone}`, () => {
    const times = ['2041-01-01T00:00:00.000Z', '2040-07-02T00:00:00.000Z'].map((dateTime) => ({
      dateTime,
      title: '',
      textContent: 'as it was',
    }))
    const here = function here(of: string, how: Intl.DateTimeFormatOptions) {
      return new Intl.DateTimeFormat(of, { ...how, timeZone: zone })
    }
    const document = { documentElement: { lang }, querySelectorAll: () => times }
    runInNewContext(LOCAL_TIMES, { document, Date, Intl: { DateTimeFormat: here } })
    assert.deepEqual(
      times.map(({ title, textContent }) => [title, textContent.replace(/\s/g, ' ')]),
      [
        ['as it was', winter],
        ['as it was', summer],
      ],
    )
  })
}
