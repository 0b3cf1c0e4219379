import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FEED_ASKED_MILLISECONDS, FEED_HELD_MILLISECONDS, grantMark } from './revoked-grants.ts'

test('what was revoked is asked for, and told, within two seconds, with time left for the way of an answer [doorward-revocation-feed]', () => {
  const latest = FEED_HELD_MILLISECONDS + FEED_ASKED_MILLISECONDS
  assert.ok(latest <= 1_500, `${latest} ms before any way`)
  // The second question after a revocation has it: what is held is let go of before anybody asks again.
  assert.ok(FEED_HELD_MILLISECONDS < FEED_ASKED_MILLISECONDS)
})

test('the mark of a grant is the same wherever it is made, and says nothing of its id', () => {
  assert.equal(grantMark('a'), 'ypeBEsobvcr6wjGzmiPcTa')
})
