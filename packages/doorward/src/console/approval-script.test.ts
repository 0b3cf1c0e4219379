import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { APPROVAL_SCRIPT } from './approval-script.ts'

const WAITING = 'waiting\n'

/** What came of a look at how things stand: whether the tab went on, and whether it looks again. */
async function look(answer: () => Promise<Response>): Promise<{ readonly wentOn: boolean; readonly looks: boolean }> {
  const due: (() => Promise<void>)[] = []
  let wentOn = false
  const box = { dataset: { state: '/consent/approval', again: '/consent' } }
  runInNewContext(APPROVAL_SCRIPT, {
    document: { getElementById: () => box },
    history: { replaceState: () => {} },
    location: { replace: () => (wentOn = true) },
    setTimeout: (work: () => Promise<void>) => due.push(work),
    fetch: answer,
  })
  assert.equal(due.length, 1)
  await due[0]?.()
  return { wentOn, looks: due.length > 1 }
}

const broken = () => new Response(new ReadableStream({ pull: (body) => body.error(new Error('cut off')) }))

const LOOKS: readonly (readonly [string, () => Promise<Response>, boolean])[] = [
  ['nobody has answered', async () => new Response(WAITING), false],
  ['an operator has answered', async () => new Response('decided\n'), true],
  ['the request is over', async () => new Response('{}', { status: 400 }), true],
  ['the server cannot be reached', () => Promise.reject(new TypeError('Failed to fetch')), false],
  ['the answer is cut off', async () => broken(), false],
  ['the database does not answer', async () => new Response('{}', { status: 503 }), false],
  ['a proxy finds no server behind it', async () => new Response('<h1>Bad Gateway</h1>', { status: 502 }), false],
]
for (const [title, answer, goesOn] of LOOKS) {
  test(`where ${title} the tab that waits for an operator ${goesOn ? 'goes on' : 'stays and looks again'} [doorward-approval]`, async () => {
    assert.deepEqual(await look(answer), { wentOn: goesOn, looks: !goesOn })
  })
}
