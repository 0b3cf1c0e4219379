import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { homeOf, proofMemory } from './proof-memory.ts'

const NOW = 1_800_000_000
const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

test('what is remembered is forgotten when it can do no harm, and never before [rfc9449-11.1]', () => {
  let clock = NOW
  const claim = proofMemory(() => clock)
  assert.equal(claim(digest('a'), NOW + 300), true)
  for (let i = 0; i < 5; i++) {
    clock = NOW + i * 60
    assert.equal(claim(digest('a'), NOW + 300), false, `after ${i} minutes`)
    assert.equal(claim(digest(`b${i}`), clock + 300), true)
  }
  clock = NOW + 2000
  assert.equal(claim(digest('later'), clock + 300), true)
  clock += 1
  assert.equal(claim(digest('later'), clock + 300), false)
})

test('it says of every digest what a set would say, through all its sizes and turns of the clock', () => {
  // Few different starts, so that many want the same place; zeros, which look like a free one.
  const bytes = fc.array(fc.constantFrom(0, 1, 255), { minLength: 32, maxLength: 32 })
  const step = fc.tuple(bytes, fc.nat({ max: 20 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let clock = NOW
      const claim = proofMemory(() => clock)
      const good = new Map<string, number>()
      for (const [bytesOfKey, passed] of steps) {
        clock += passed
        const key = Buffer.from(bytesOfKey).toString('base64url')
        const start = Buffer.from(bytesOfKey).subarray(0, 8)
        if (start.readUInt32LE(0) === 0) start.writeUInt32LE(1, 0)
        const known = good.get(start.toString('hex'))
        const isFirst = claim(key, clock + 30)
        // Longer than need be it may be remembered, never shorter.
        if (known === undefined) assert.equal(isFirst, true)
        else if (known >= clock) assert.equal(isFirst, false)
        if (isFirst) good.set(start.toString('hex'), clock + 30)
      }
    }),
  )
})

test('proofs that were made to begin alike lie far from each other', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(1024, 65_536, 1_048_576), (multiplier, places) => {
      const homes = Array.from({ length: 1024 }, (_, i) => homeOf((i << 22) | 1, places, multiplier))
      assert.equal(new Set(homes.map((home) => Math.floor((home * 1024) / places))).size, 1024)
    }),
  )
})

test('a million live proofs are told apart in less than 64 MB, and what comes after them is refused rather than one forgotten', () => {
  const claim = proofMemory(() => NOW)
  const before = process.memoryUsage().arrayBuffers
  let taken = 0
  // Digests made cheaply: what counts is that all of them differ from their first byte on.
  const key = Buffer.alloc(32)
  const keyOf = (i: number) => {
    key.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0, 0)
    key.writeUInt32LE(i, 4)
    return key.toString('base64url')
  }
  for (let i = 0; i < 1_000_001; i++) if (claim(keyOf(i), NOW + 300) === true) taken++
  // The first proof of all lies in the older generation, which was young when it came.
  assert.ok(taken === 1_000_000 || taken === 1_000_001, String(taken))
  assert.ok(process.memoryUsage().arrayBuffers - before < 64_000_000)
  for (const i of [0, 1, 499_999, 999_999]) assert.equal(claim(keyOf(i), NOW + 300), false)
  assert.equal(claim(keyOf(2_000_000), NOW + 300), false)
})
