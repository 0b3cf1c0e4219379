import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCaller, type Span, writeCaller } from './tracing.ts'

const TRACE = 'a'.repeat(32)
const SPAN = 'b'.repeat(16)
const of = (traceparent: string, tracestate?: string) =>
  readCaller(new Headers({ traceparent, ...(tracestate === undefined ? {} : { tracestate }) }))

test('a traceparent says trace, span and whether it is kept, also one of a later version', () => {
  const caller = { traceId: TRACE, spanId: SPAN, flags: 1, state: undefined }
  assert.deepEqual(of(`00-${TRACE}-${SPAN}-01`), caller)
  assert.deepEqual(of(`00-${TRACE}-${SPAN}-00`)?.flags, 0)
  assert.deepEqual(of(`00-${TRACE}-${SPAN}-ff`)?.flags, 1)
  assert.deepEqual(of(`01-${TRACE}-${SPAN}-01-more`), caller)
  assert.equal(of(`00-${TRACE}-${SPAN}-01`, 'vendor=1')?.state, 'vendor=1')
  assert.equal(of(`00-${TRACE}-${SPAN}-01`, 'v'.repeat(513))?.state, undefined)
})

const MALFORMED: readonly [string, string][] = [
  ['nothing', ''],
  ['a word', 'trace'],
  ['no flags', `00-${TRACE}-${SPAN}`],
  ['the version that is forbidden', `ff-${TRACE}-${SPAN}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${'A'.repeat(32)}-${SPAN}-01`],
  ['a trace that is too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
  ['a page of it', `01-${TRACE}-${SPAN}-01-${'x'.repeat(1000)}`],
  ['two of them', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
]

for (const [what, traceparent] of MALFORMED) {
  test(`a traceparent that is ${what} says nothing (W3C Trace Context §3.2)`, () => {
    assert.equal(of(traceparent), undefined)
  })
}

test('the server that is asked hears of our span alone, whatever the client said of its own', () => {
  const span: Span = { traceId: TRACE, spanId: SPAN, flags: 1, add: () => {}, end: () => {} }
  const headers: Record<string, string> = {
    traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`,
    tracestate: 'theirs=1',
  }
  writeCaller(headers, span, undefined)
  assert.deepEqual(headers, { traceparent: `00-${TRACE}-${SPAN}-01` })
  writeCaller(headers, { ...span, flags: 0 }, 'proxy=1')
  assert.deepEqual(headers, { traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: 'proxy=1' })
})

test('no header makes more of a caller than ids of the right length', () => {
  const part = fc.oneof(fc.constantFrom('00', 'ff', TRACE, SPAN, '01', ''), fc.stringMatching(/^[\x21-\x7e]{0,40}$/))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const caller = of(parts.join('-').trim() || '-')
      if (caller === undefined) return
      assert.match(caller.traceId, /^[0-9a-f]{32}$/)
      assert.match(caller.spanId, /^[0-9a-f]{16}$/)
      assert.ok(caller.flags === 0 || caller.flags === 1)
    }),
  )
})
