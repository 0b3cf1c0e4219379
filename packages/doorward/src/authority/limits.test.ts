import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { makeWorld, type World } from '../testing/world.ts'
import { limitDevices, takeNew } from './limits.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld({ registration: { newPerHour: 100, newPerHourAndNetwork: 60 } })
})
afterEach(() => world.close())

const from = (n: number) => ({ correlation: 'X', network: `2001:db8:${n.toString(16)}::/48` })

function devices(count: number): void {
  for (let n = 0; n < count; n++) {
    try {
      limitDevices(world.ctx, from(n), world.ctx.now())
    } catch {
      // Refused or not, its network is remembered.
    }
  }
}

test('what may come in all is not forgotten for whoever has many networks [doorward-registration-limits]', () => {
  let made = 0
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5; n++) while (takeNew(world.ctx, from(n), world.ctx.now()) === 0) made++
    devices(20_001)
  }
  assert.equal(made, 100)
})

test('where no more may come in all, a network that is refused keeps what it has [doorward-registration-limits, q10]', () => {
  for (let n = 1; n < 4; n++) while (takeNew(world.ctx, from(n), world.ctx.now()) === 0);
  for (let i = 0; i < 100; i++) assert.notEqual(takeNew(world.ctx, from(9), world.ctx.now()), 0)
  assert.equal(world.ctx.buckets.get(`register ${from(9).network}`)?.left, 60)
})
