import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { test } from 'node:test'
import { hashPassword, TooBusy, verifyPassword } from './password.ts'

const PASSWORD = 'correct horse battery'

/** Turns of the event loop until all of it is done. Work on this thread has one for each step at most, however slow it is. */
async function turnsDuring(work: readonly Promise<unknown>[]): Promise<number> {
  let isOver = false
  let turns = 0
  const turn = (): void => {
    turns++
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  await Promise.all(work)
  isOver = true
  return turns
}

test('the process goes on while passwords are hashed: none is hashed on the thread that answers', async () => {
  const hash = await hashPassword(PASSWORD)
  const order: string[] = []
  setImmediate(() => order.push('a turn'))
  const first = hashPassword(PASSWORD).then(() => order.push('a hash'))
  const work = [first, ...Array.from({ length: 7 }, () => verifyPassword(PASSWORD, hash))]
  assert.ok((await turnsDuring(work)) > 2 * work.length)
  assert.deepEqual(order, ['a turn', 'a hash'])
})

test('more than can be hashed in a tolerable time is refused at once, and what waits is still done', async () => {
  const verdicts = await Promise.allSettled(Array.from({ length: 70 }, () => verifyPassword('x', '')))
  const refused = verdicts.filter((verdict) => verdict.status === 'rejected')
  assert.ok(refused.every(({ reason }) => reason instanceof TooBusy))
  assert.deepEqual([verdicts.length - refused.length, refused.length], [66, 4])
})

test('a password that was hashed at other costs is still the one, and none other is', async () => {
  const [salt, costs] = [Buffer.alloc(16, 7), { memory: 8192, passes: 3, parallelism: 1 }]
  const tag = argon2Sync('argon2id', { message: PASSWORD, nonce: salt, tagLength: 32, ...costs })
  const bare = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  const hash = `$argon2id$v=19$m=8192,t=3,p=1$${bare(salt)}$${bare(tag)}`
  assert.equal(await verifyPassword(PASSWORD, hash), true)
  assert.equal(await verifyPassword(`${PASSWORD}.`, hash), false)
  assert.equal(await verifyPassword(PASSWORD, hash.replace('t=3', 't=2')), false)
})
