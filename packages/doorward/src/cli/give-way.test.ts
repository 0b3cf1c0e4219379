import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hashPassword } from '../authority/identity/password.ts'
import { giveWay } from './give-way.ts'

const isLinux = process.platform === 'linux'

test('the threads that hash passwords give way to the one that answers requests', { skip: !isLinux }, async () => {
  await giveWay()
  const before = ticksOfPool()
  // A clock tick of the system is a hundredth of a second, a hash takes two.
  for (let i = 0; i < 8; i++) await hashPassword('correct horse battery staple')
  assert.equal(nicenessOf(process.pid), 0)
  const pool = poolThreads()
  assert.ok(pool.length > 0)
  for (const thread of pool) assert.equal(nicenessOf(thread), 10)
  assert.ok(ticksOfPool() > before, 'hashes are made on those threads')
})

function poolThreads(): number[] {
  const all = readdirSync('/proc/self/task').map(Number)
  return all.filter((thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv-worker'))
}

/** Of /proc/[pid]/stat (proc(5)), counted from behind the name. */
const fields = (thread: number) =>
  readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? []
const nicenessOf = (thread: number) => fields(thread)[16]
const ticksOfPool = () => poolThreads().reduce((sum, thread) => sum + (fields(thread)[11] ?? 0), 0)
