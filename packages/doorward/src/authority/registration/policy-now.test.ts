import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openStore } from '../../store/index.ts'
import { makeWorld, type World } from '../../testing/world.ts'
import { type News, newsOf } from '../news.ts'
import { policyNow, withRules } from './policy-now.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world.close())

const RULE = {
  id: 'r1',
  effect: 'deny' as const,
  kind: 'clientId',
  value: 'x',
  note: '',
  createdAt: 0,
  createdBy: 'dwu_ada',
}
/** What a process hears whose database tells nothing. */
const DEAF: News = { isComplete: () => false, count: () => 0, catchUp: () => Promise.reject(new Error('deaf')) }
const nobody = { now: 0, most: 10, isMeant: () => false }

test('a rule of a process that cannot be heard counts from the next second on, and its removal too [doorward-runtime-rules]', async () => {
  const ctx = { ...world.ctx, news: DEAF }
  const denied = async () => (await policyNow(ctx)).deny
  assert.deepEqual(await denied(), [])
  await world.ctx.store.rules.add(RULE, nobody)
  world.wait(1)
  assert.deepEqual(await denied(), [{ clientId: 'x' }])
  await world.ctx.store.rules.remove('r1')
  world.wait(1)
  assert.deepEqual(await denied(), [])
})

test('what operators add stands beside what the config says, each with its effect [doorward-runtime-rules]', async () => {
  const configured = { allow: [{ domain: 'in.example' }], deny: [{ domain: 'out.example' }] }
  const policy = withRules({ ...world.ctx.policy, ...configured }, [
    { effect: 'allow', kind: 'clientId', value: 'a' },
    { effect: 'deny', kind: 'redirectHost', value: 'b' },
  ])
  assert.deepEqual(policy.allow, [{ domain: 'in.example' }, { clientId: 'a' }])
  assert.deepEqual(policy.deny, [{ domain: 'out.example' }, { redirectHost: 'b' }])
})

test('on SQLite a rule of another process counts at once, within the same second too [doorward-runtime-rules]', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'doorward-rules-')), 'a.sqlite')
  const [ours, theirs] = [openStore(path, () => 0), openStore(path, () => 0)]
  const ctx = { ...world.ctx, store: ours, news: newsOf(ours.changes, () => performance.now()), ruleMemory: {} }
  assert.deepEqual((await policyNow(ctx)).deny, [])
  await theirs.rules.add(RULE, nobody)
  await setTimeout(2)
  assert.deepEqual((await policyNow(ctx)).deny, [{ clientId: 'x' }])
  await Promise.all([ours.close(), theirs.close()])
  rmSync(dirname(path), { recursive: true })
})

test('rules are read once and known until one changes, for half a minute at most [doorward-runtime-rules]', async () => {
  let reads = 0
  const list = async () => {
    reads++
    return []
  }
  const store = { ...world.ctx.store, rules: { ...world.ctx.store.rules, list } }
  const ctx = { ...world.ctx, store, ruleMemory: {} }
  for (let i = 0; i < 29; i++) {
    await policyNow(ctx)
    world.wait(1)
  }
  assert.equal(reads, 1)
  await world.ctx.store.rules.add(RULE, nobody)
  await policyNow(ctx)
  assert.equal(reads, 2)
  world.wait(30)
  await policyNow(ctx)
  assert.equal(reads, 3)
})

test('rules that were being read when one was added are not kept for the decisions after it [doorward-runtime-rules]', async () => {
  let answer: (rules: readonly (typeof RULE)[]) => void = () => undefined
  const slow = new Promise<readonly (typeof RULE)[]>((resolve) => {
    answer = resolve
  })
  const lists = [slow, Promise.resolve([RULE])]
  const store = { ...world.ctx.store, rules: { ...world.ctx.store.rules, list: () => lists.shift() ?? slow } }
  const ctx = { ...world.ctx, store, ruleMemory: {} }
  const before = policyNow(ctx)
  await world.ctx.store.rules.add(RULE, nobody)
  answer([])
  assert.deepEqual((await before).deny, [])
  assert.deepEqual((await policyNow(ctx)).deny, [{ clientId: 'x' }])
})

test('nobody agrees to what another process denied within the same second [doorward-runtime-rules]', async () => {
  const { client_id } = await world.register()
  Object.assign(world.ctx, { news: DEAF })
  await policyNow(world.ctx)
  await world.ctx.store.rules.add({ ...RULE, value: client_id }, nobody)
  await assert.rejects(world.agree(client_id), /does not admit/)
  assert.deepEqual(await world.ctx.store.grants.list(), [])
})
