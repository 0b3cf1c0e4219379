import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { DEVICE_GRANT } from '@doorward/core/oauth/client-metadata'
import type { StoredUser } from '../../store/store.ts'
import { makeWorld, VISIT, type World } from '../../testing/world.ts'
import { drawUserCode, readUserCode } from '../token/device-code.ts'
import { enterUserCode } from './device-entry.ts'

const WRONG = 'BCDF-GHJK'
const BROWSER = 'b'.repeat(32)

let world: World
let userCode: string
beforeEach(async () => {
  world = await makeWorld()
  const { client_id } = await world.register({ grant_types: [DEVICE_GRANT], redirect_uris: undefined })
  const response = await world.post('/device_authorization', { client_id })
  userCode = ((await response.json()) as { user_code: string }).user_code
})
afterEach(() => world.close())

const enter = async (typed: string, user: StoredUser = world.user, network = VISIT.network) =>
  (await enterUserCode(world.ctx, { ...VISIT, network }, BROWSER, user, typed)).verdict
const person = (i: number): StoredUser => ({ ...world.user, id: `dwu_${i}` })

test('every letter of a code is as likely as any other, and no code is a word [rfc8628-6.1]', () => {
  // Each byte once: those past the last full round of letters are thrown away, so that no letter comes more often.
  const counts = new Map<string, number>()
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  for (let i = 0; i < 30; i++) {
    const code = drawUserCode((size) => Uint8Array.from(all.slice(i * size, (i + 1) * size)))
    for (const letter of code.replace('-', '')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  assert.equal([...counts.keys()].join(''), 'BCDFGHJKLMNPQRSTVWXZ')
  assert.deepEqual([...new Set(counts.values())], [12])
  const late = [all.slice(240, 248), all.slice(248), all.slice(0, 8)]
  assert.equal(
    drawUserCode(() => Uint8Array.from(late.shift() ?? [])),
    'BCDF-GHJK',
  )
})

test('case, width, spaces and dashes of what is typed count for nothing; what is no code is none [rfc8628-6.1]', () => {
  const same = ['WDJB-MJHT', 'wdjbmjht', ' wdjb mjht ', 'WDJB–MJHT', 'w d j b - m j h t', 'WDJB_MJHT', 'wdjb.mjht']
  const wide = ['ＷＤＪＢ－ＭＪＨＴ', 'ｗｄｊｂ　ｍｊｈｔ', 'WDJB－MJHT', 'ＷＤＪＢ．ＭＪＨＴ']
  for (const typed of [...same, ...wide]) assert.equal(readUserCode(typed), 'WDJB-MJHT', typed)
  for (const typed of ['', 'WDJB-MJH', 'WDJB-MJHTT', 'WDJB-MJH0', 'WDJA-MJHT', 'WDJB-MJHT<', '%00'])
    assert.equal(readUserCode(typed), undefined, typed)
})

test('the right code opens what the device asked, however it is typed, and is one try of nobody’s', async () => {
  for (let i = 0; i < 8; i++) assert.equal(await enter(userCode.toLowerCase().replace('-', ' ')), 'found')
  assert.equal(world.events.at(-1)?.type, 'device.code.entered')
})

test('who guesses waits longer each time, in the store, also for the right code; what is no code costs nothing [rfc8628-5.1]', async () => {
  for (let i = 0; i < 50; i++) assert.equal(await enter('hello'), 'malformed')
  for (let i = 0; i < 5; i++) assert.equal(await enter(WRONG), 'unknown')
  assert.deepEqual(
    world.events.slice(-2).map(({ type, reason, actor }) => [type, reason, actor]),
    Array.from({ length: 2 }, () => ['device.code.refused', 'device_code_unknown', world.user.id]),
  )
  assert.equal(await enter(userCode), 'wait')
  assert.equal(world.events.at(-1)?.reason, 'device_person_limit')
  assert.equal(await enter(userCode), 'wait')
  world.wait(2)
  assert.equal(await enter(WRONG), 'unknown')
  world.wait(3)
  assert.equal(await enter(userCode), 'wait')
  world.wait(1)
  assert.equal(await enter(userCode), 'found')
  assert.equal(await enter(WRONG), 'unknown')
  assert.equal(await enter(WRONG), 'wait')
})

test('a code of one’s own among the guesses buys no more of them [rfc8628-5.1]', async () => {
  let guesses = 0
  for (let second = 0; second < 3600; second++) {
    world.wait(1)
    if ((await enter(WRONG, world.user, `network ${second}`)) === 'unknown') guesses++
    if (second < 500) await enter(userCode)
  }
  assert.ok(guesses < 20, `${guesses} guesses in an hour`)
})

test('many accounts in one network, and many networks, wait as well [rfc8628-5.1]', async () => {
  for (let i = 0; i < 20; i++) assert.equal(await enter(WRONG, person(i)), 'unknown')
  assert.equal(await enter(WRONG, person(99)), 'wait')
  assert.equal(world.events.at(-1)?.reason, 'device_network_limit')
  // The one who was held back by others has lost nothing of their own.
  assert.equal(await enter(userCode, person(99), 'elsewhere'), 'found')
  for (let i = 0; i < 179; i++) assert.equal(await enter(WRONG, person(100 + i), `network ${i}`), 'unknown')
  assert.equal(await enter(WRONG, person(999), 'another'), 'wait')
  assert.equal(world.events.at(-1)?.reason, 'device_limit_of_all')
  world.wait(1)
  assert.equal(await enter(WRONG, person(999), 'another'), 'unknown')
})

test('of a hundred tries that one person sends at once five are looked at [rfc8628-5.1]', async () => {
  const verdicts = await Promise.all(Array.from({ length: 100 }, () => enter(WRONG)))
  assert.equal(verdicts.filter((verdict) => verdict === 'unknown').length, 5)
})

test('a code ends after ten minutes [rfc8628-3.2]', async () => {
  world.wait(600)
  assert.equal(await enter(userCode), 'unknown')
})
