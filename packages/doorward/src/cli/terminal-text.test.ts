import assert from 'node:assert/strict'
import { test } from 'node:test'
import { terminalText } from './terminal-text.ts'

const DISGUISES: readonly (readonly [string, string, string])[] = [
  ['an escape sequence', '\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['one of a single character', '\u009b2J', '\\u009b2J'],
  ['text that turns', 'a\u202eb', 'a\\u202eb'],
  ['tags that nobody sees', '\u{e0041}', '\\udb40\\udc41'],
  ['a way back on the line', 'good\rbad', 'good\\u000dbad'],
]
for (const [what, text, shown] of DISGUISES) {
  test(`${what} reaches no terminal, and a line of JSON keeps it [doorward-remote-cli]`, () => {
    assert.equal(terminalText(text), shown)
    assert.deepEqual(JSON.parse(terminalText(JSON.stringify({ text }))), { text })
  })
}

test('what people write stays as it is, over several lines too', () => {
  for (const text of ['Müller  ✓', 'a\n\tb', '“Straße” 東京'] as const) assert.equal(terminalText(text), text)
})
