import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AHEAD_SECONDS, judgeKeys, type KeySettings } from './schedule.ts'

const HOUR = 3600
const DAY = 24 * HOUR
const SETTINGS: KeySettings = { algorithm: 'ES256', rotateSeconds: 90 * DAY, lingerSeconds: 2400 }
const key = (kid: string, createdAt: number, alg = 'ES256') => ({ kid, alg, createdAt })

type Case = readonly [string, ReturnType<typeof key>[], number, ReturnType<typeof judgeKeys>]
const CASES: readonly Case[] = [
  ['no key: one is due', [], 0, { signing: undefined, isDue: true, retired: [] }],
  ['the first key signs at once', [key('a', 5)], 5, { signing: 'a', isDue: false, retired: [] }],
  [
    'a key is due an hour before the old one has to go',
    [key('a', 0)],
    90 * DAY - HOUR,
    { signing: 'a', isDue: true, retired: [] },
  ],
  ['and not before', [key('a', 0)], 90 * DAY - HOUR - 1, { signing: 'a', isDue: false, retired: [] }],
  [
    'a new key does not sign in its first hour',
    [key('a', 0), key('b', 100 * HOUR)],
    101 * HOUR - 1,
    { signing: 'a', isDue: false, retired: [] },
  ],
  [
    'then it does, and the old one is still published',
    [key('a', 0), key('b', 100 * HOUR)],
    101 * HOUR,
    { signing: 'b', isDue: false, retired: [] },
  ],
  [
    'until the last token of the old one has ended',
    [key('a', 0), key('b', 100 * HOUR)],
    101 * HOUR + 2400,
    { signing: 'b', isDue: false, retired: ['a'] },
  ],
  ['another algorithm makes a key due', [key('a', 0, 'RS256')], 2 * HOUR, { signing: 'a', isDue: true, retired: [] }],
  [
    'but not while one waits already',
    [key('a', 0), key('b', 2 * HOUR, 'RS256')],
    2 * HOUR,
    { signing: 'a', isDue: false, retired: [] },
  ],
]
for (const [title, keys, now, verdict] of CASES) {
  test(`${title} [doorward-key-rotation]`, () => assert.deepEqual(judgeKeys(keys, now, SETTINGS), verdict))
}

test('whatever the times, a token that is good has a published key, and whoever read our keys within the hour has it too [doorward-key-rotation]', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 5, maxLength: 60 })
  fc.assert(
    fc.property(steps, (all) => {
      const settings: KeySettings = { ...SETTINGS, rotateSeconds: DAY }
      const published: { at: number; kids: string[] }[] = []
      const signed: { at: number; kid: string }[] = []
      let keys: ReturnType<typeof key>[] = []
      let now = 0
      for (const step of all) {
        now += step
        const { isDue, retired } = judgeKeys(keys, now, settings)
        if (isDue) keys.push(key(`k${now}`, now))
        keys = keys.filter(({ kid }) => !retired.includes(kid))
        const kids = keys.map(({ kid }) => kid)
        published.push({ at: now, kids })
        const kid = judgeKeys(keys, now, settings).signing as string
        signed.push({ at: now, kid })
        for (const token of signed) if (token.at + settings.lingerSeconds > now) assert.ok(kids.includes(token.kid))
        for (const read of published) if (read.at > now - AHEAD_SECONDS) assert.ok(read.kids.includes(kid))
      }
    }),
  )
})
