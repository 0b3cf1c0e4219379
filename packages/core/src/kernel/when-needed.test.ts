import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { whenNeeded } from './when-needed.ts'

test('what is needed is read when somebody asks, and once however many ask', async () => {
  const read = mock.fn(async () => ({}))
  const needed = whenNeeded(read)
  assert.equal(read.mock.callCount(), 0)
  const [first, second] = await Promise.all([needed(), needed()])
  assert.equal(await needed(), first)
  assert.equal(second, first)
  assert.equal(read.mock.callCount(), 1)
})

test('what could not be read is read again by whoever asks next', async () => {
  const answers = [Promise.reject(new Error('no file handles left')), Promise.resolve('read')]
  const needed = whenNeeded(() => answers.shift() as Promise<string>)
  await assert.rejects(needed(), /no file handles left/)
  assert.equal(await needed(), 'read')
})
