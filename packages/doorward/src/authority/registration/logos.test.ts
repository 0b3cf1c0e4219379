import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeWorld, VISIT } from '../../testing/world.ts'
import { fetchLogo } from './logos.ts'

test('a logo is fetched for who asks, so that slow servers that one points at take nobody else’s place [cimd-logo]', async () => {
  const world = await makeWorld()
  try {
    const wishes: unknown[] = []
    const fetchStranger: typeof world.ctx.fetchStranger = async ({ onBehalfOf }) => {
      wishes.push(onBehalfOf)
      return { status: 404, type: '', header: () => undefined, body: new Uint8Array() }
    }
    const ctx = { ...world.ctx, fetchStranger }
    for (const network of ['203.0.113.0/24', '198.51.100.0/24'])
      assert.equal(await fetchLogo(ctx, { ...VISIT, network }, `https://${network}.example/`), undefined)
    assert.deepEqual(wishes, ['203.0.113.0/24', '198.51.100.0/24'])
  } finally {
    await world.close()
  }
})
