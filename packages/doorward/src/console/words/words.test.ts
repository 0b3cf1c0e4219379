import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REASONS, type Reason, type SignInReason } from '@doorward/core/oauth/reasons'
import { UI_LOCALES } from '../../authority/discovery.ts'
import { type Html, html } from '../html.ts'
import { toldOfSignIn } from './de/told-sign-in.ts'
import { told } from './told.ts'
import { LANGUAGES, wordsFor } from './words.ts'

const WISHES: readonly (readonly [string | undefined, string])[] = [
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'de'],
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['DE-ch', 'de'],
  ['ja,fr;q=0.2', 'fr'],
  ['en;q=0.1,fr;q=0.9', 'fr'],
  ['de;q=0,fr', 'fr'],
  ['ja', 'en'],
  ['*', 'en'],
  ['den', 'en'],
  ['de;q=nonsense', 'en'],
  [`${'x,'.repeat(100_000)}de`, 'en'],
]
for (const [wish, lang] of WISHES) {
  test(`a browser that asks for ${String(wish).slice(0, 40)} is answered in ${lang}`, () => {
    const headers = new Headers(wish === undefined ? {} : { 'accept-language': wish })
    assert.equal(wordsFor({ headers }).lang, lang)
  })
}

test('every language has every word, and none is left empty', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
      : typeof value
  const empty = (value: unknown): boolean =>
    value === '' || (typeof value === 'object' && value !== null && Object.values(value).some(empty))
  for (const words of LANGUAGES) {
    assert.deepEqual(shape(words), shape(LANGUAGES[0]))
    assert.equal(empty(words), false)
  }
})

for (const lang of ['de', 'fr']) {
  test(`what goes wrong where people sign in is told in words of its own in ${lang}, not in those for an application`, () => {
    const otherwise = told({ lang }, 'unknown_grant' as Reason)
    const causes = (Object.keys(toldOfSignIn) as SignInReason[]).map((reason) => {
      const telling = told({ lang }, reason)
      assert.notDeepEqual(telling, otherwise)
      assert.notEqual(telling?.cause, REASONS[reason].cause)
      return telling?.cause
    })
    assert.ok(causes.length > 20)
    assert.equal(new Set(causes).size, causes.length)
  })
}

for (const lang of ['de', 'fr']) {
  test(`an operator whose act is refused on the console is not told to connect an application, in ${lang}`, () => {
    const otherwise = told({ lang }, 'unknown_grant' as Reason)
    for (const reason of ['admin_unknown', 'admin_client_changed', 'admin_grant_ended', 'admin_key_late'] as const) {
      assert.notEqual(told({ lang }, reason)?.cause, otherwise?.cause)
      assert.notEqual(told({ lang }, reason)?.mend, otherwise?.mend)
    }
  })
}

test('the metadata names the languages that the pages speak', () => {
  assert.deepEqual(
    UI_LOCALES,
    LANGUAGES.map(({ lang }) => lang),
  )
})

test('in German no label or notice says "Ihre" of an application or a person, which would mean the reader’s own', () => {
  const german = wordsFor({ headers: new Headers({ 'accept-language': 'de' }) })
  const sentences = (value: unknown): readonly string[] =>
    typeof value === 'string'
      ? value.split(/(?<=[.!?]) /)
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(sentences)
        : []
  const said = [german.adminClients, german.adminDone, german.connections.tokens].flatMap(sentences)
  assert.ok(said.length > 80)
  assert.deepEqual(
    said.filter((sentence) => /^Ihre?\b/.test(sentence)),
    [],
  )
})

for (const { lang, client } of LANGUAGES) {
  test(`what an application is called briefly ends no heading with a comma, in ${lang}`, () => {
    const { operator, user, unverified, vouched } = client.briefly
    const name = html`<b>Editor</b>`
    const said = [operator, user, unverified, (of?: Html) => vouched(html`app.example`, of)].flatMap((brief) => [
      brief(),
      brief(name),
    ])
    for (const { text } of said) assert.match(text, /[\p{L}>”“)»]$/u, text)
  })
}

for (const { lang, accounts, ways } of LANGUAGES) {
  // WCAG 2.2, 2.5.3: who speaks to the browser says what they see.
  test(`a button whose name says more than is seen says what is seen too, in ${lang}`, () => {
    for (const [seen, said] of [
      [accounts.signOut, accounts.signOutOf('Ada')],
      [ways.signOut, ways.signOutOf('Ada')],
      [ways.remove, ways.removeOf('Ada')],
      [ways.unlink, ways.unlinkOf('Ada')],
    ] as const)
      assert.ok(said.toLowerCase().includes(seen.toLowerCase()), `${said} without ${seen}`)
  })
}

for (const { lang, signIn, connections, adminOverview } of LANGUAGES) {
  test(`what is one is not told as several, in ${lang}`, () => {
    const { waiting, failed, registrations, grants } = adminOverview.tiles
    for (const word of [waiting, failed, registrations, grants]) assert.notEqual(word(1), word(2))
    for (const say of [signIn.wait, connections.endsUnused]) {
      assert.notEqual(say(1).replace('1', '2'), say(2))
      assert.equal(say(2).replace('2', '3'), say(3))
    }
  })
}

test('in German two accounts are linked by one word on all pages, and another one is kept for what applications do', () => {
  const german = wordsFor({ headers: new Headers({ 'accept-language': 'de' }) })
  const { ways, signIn } = german
  const ofLinks = [ways.linked, ways.link, ways.unlink, ways.unlinkOf, ways.linkTitle, ways.linkYes, ways.linkNo]
  for (const said of [...ofLinks, signIn.why.link, toldOfSignIn.identity_taken.mend, toldOfSignIn.last_way.mend].map(
    String,
  )) {
    assert.match(said, /verknüpf/i)
    assert.doesNotMatch(said, /verbind|verbund|trenn/i)
  }
})

test('in French those who run the server have one name on all pages, that of the console too', () => {
  const french = wordsFor({ headers: new Headers({ 'accept-language': 'fr' }) })
  const said = JSON.stringify([french, told({ lang: 'fr' }, 'account_disabled')])
  assert.equal(french.adminPeople.operator, 'Administrateur')
  assert.doesNotMatch(said, /opérateur/i)
})
