import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { address, claimed, html, isolated } from './html.ts'
import { PAGES } from './pages/index.ts'
import { wordsFor } from './words/words.ts'

const hostile = fc.string({ unit: 'binary', maxLength: 300 })

test('no text becomes markup, in content or in an attribute, whatever stands in it [rfc6749-10.14-injection]', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { text: written } = html`<p title="${text}">${text}</p>`
      const inside = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(written)
      assert.ok(inside, written)
      assert.ok(!/[<>"']/.test(inside[1] ?? '') && !/[<>"']/.test(inside[2] ?? ''))
    }),
  )
})

test('only what html made is markup: a look-alike from elsewhere is refused', () => {
  for (const lookAlike of [{ text: '<script>' }, JSON.parse('{"text":"<b>"}'), [{ text: '<i>' }]]) {
    assert.throws(() => html`${lookAlike as string}`, TypeError)
  }
  assert.equal(html`${html`<b>${'&'}</b>`}${[html`1`, html`2`]}${undefined}${false}`.text, '<b>&amp;</b>12')
})

test('a stranger’s words stay on one line, of bounded length, in their own direction, without what cannot be seen', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const written = claimed(text).text
      const words = /^<bdi class="claimed">(.*)<\/bdi>$/s.exec(written)?.[1] ?? 'no'
      assert.ok(!/[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}“”„]--[\u200c\u200d]]/v.test(words), JSON.stringify(words))
      assert.ok(!/(?<!\P{ASCII})[\u200c\u200d]|[\u200c\u200d](?!\P{ASCII})/u.test(words), JSON.stringify(words))
      const shown = words.replace(/&(?:#\d+|\w+);/g, 'x')
      assert.ok([...shown].length <= 81)
    }),
  )
  assert.equal(isolated('a\u202eb').text, '<bdi>a\ufffdb</bdi>')
  assert.equal(address('https://h/a/b').text, '<bdi class="address" dir="ltr">https://h<wbr>/a<wbr>/b</bdi>')
})

/** A text, and what is shown of it. */
const JOINED: readonly (readonly [string, string, string])[] = [
  ['an emoji of two', '👩\u200d💻 Tools', '👩\u200d💻 Tools'],
  ['one with a tone of skin', '👩🏽\u200d🚀', '👩🏽\u200d🚀'],
  ['one with a variation', '🏳️\u200d🌈', '🏳️\u200d🌈'],
  ['Persian', 'می\u200cخواهم', 'می\u200cخواهم'],
  ['Hindi, after a virama', 'क्\u200dष', 'क्\u200dष'],
  ['between Latin letters', 'Cla\u200dude', 'Cla\ufffdude'],
  ['between Latin letters, the other', 'Cla\u200cude', 'Cla\ufffdude'],
  ['at the end of a word of Arabic script', 'می\u200c', 'می\ufffd'],
  ['two at once', '👩\u200d\u200d💻', '👩\ufffd\ufffd💻'],
  ['one of nothing', '\u200d', '\ufffd'],
  ['after a virama at the end', 'क्\u200d', 'क्\ufffd'],
]
for (const [what, text, shown] of JOINED) {
  test(`a joiner stands where it joins what is seen, and is marked elsewhere: ${what}`, () => {
    assert.equal(isolated(text).text, `<bdi>${shown}</bdi>`)
    assert.equal(claimed(text).text, `<bdi class="claimed">${shown}</bdi>`)
  })
}

test('the consent page holds, whatever a client, a server and a person are called and whatever is asked for [rfc9396-12]', () => {
  fc.assert(
    fc.property(hostile, hostile, (name, other) => {
      const view = {
        action: 'https://h/consent',
        request: 'sealed',
        switchAccount: 'https://h/sign-in',
        email: other,
        client: {
          id: name,
          assurance: 'claimed' as const,
          claimedName: name,
          resembles: { name: other, by: 'name' as const },
        },
        destination: { kind: 'https' as const, shown: other },
        resource: { uri: other, name },
        kept: [],
        scopes: [{ name, description: other, tools: [name, other] }],
        details: [{ description: other, facts: [{ label: name, values: [other, name] }] }],
        days: [],
        mayCarry: false,
        isEmpty: false,
        idleDays: 30,
        accessMinutes: 10,
        correlation: 'X',
        admits: true,
      }
      const page = String(PAGES.consent(view, wordsFor({ headers: new Headers() })).bytes)
      const main = page.slice(page.indexOf('<main'), page.indexOf('</main>'))
      assert.equal(main.match(/<script|<img|onerror|<iframe/g), null)
      assert.equal(main.match(/<button/g)?.length, 2)
      assert.equal(main.match(/<form/g)?.length, 1)
    }),
  )
})
