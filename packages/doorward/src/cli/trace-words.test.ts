import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { findTrace, recentAttempts } from '../authority/trace/find-trace.ts'
import { clock, compose } from './compose.ts'
import { lineOfStrays, linesOfFound, rowsOf } from './trace-words.ts'

const ISSUER = 'http://localhost:8421'
const METADATA = '/.well-known/oauth-authorization-server'

const overTheApi = (found: unknown) => JSON.parse(JSON.stringify(found))

async function houseWithServer() {
  const upstream = async () => Response.json({ jsonrpc: '2.0', id: 1, result: {} })
  const scopes = { mcp: { description: 'Everything' } }
  const resources = [{ uri: `${ISSUER}/mcp`, name: 'Notes', scopes, defaultScopes: ['mcp'], upstream }]
  const house = await compose({ issuer: ISSUER, database: ':memory:', secret: randomBytes(32), resources })
  const { store } = house.context
  return {
    ask: (path: string, host: string, method = 'GET') =>
      house.fetch(new Request(`${ISSUER}${path}`, { method, headers: { host } }), { remoteAddress: '198.51.100.7' }),
    written: async (count: number, of: string = '') => {
      const all = async () =>
        (await store.events.list({ limit: 100 })).filter(({ reason }) => of === '' || reason === of)
      let events = await all()
      while (events.length < count) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        events = await all()
      }
      return events
    },
    // Two minutes later: by then nothing is under way any more.
    later: { store, now: () => clock() + 120 },
    close: house.close,
  }
}

test('who comes by another address than the issuer’s and gives up is told of both, and what helps [doorward-trace, q22]', {
  timeout: 20_000,
}, async () => {
  const { ask, written, later, close } = await houseWithServer()
  assert.equal((await ask('/mcp', 'localhost:3443', 'POST')).status, 401)
  await ask(METADATA, 'localhost:8421')
  const read = (await written(3)).find(({ type }) => type === 'metadata.read')
  const reference = read?.correlation ?? assert.fail('nobody read the metadata')
  const [first, cause, mend] = linesOfFound(reference, overTheApi(await findTrace(later, reference)))
  assert.equal(first, 'Gave up at: Metadata of this server')
  assert.match(
    cause ?? '',
    /^Likely cause: The client came to localhost:3443, but the issuer is http:\/\/localhost:8421\./,
  )
  assert.match(
    mend ?? '',
    /^What helps: .*localhost:3443, make that the issuer \(DOORWARD_ISSUER, .*http:\/\/localhost:8421\.$/,
  )
  assert.match(rowsOf(overTheApi(await recentAttempts(later, { since: 0, limit: 9 })), 'x'), /Gave up .*host\.differs/)
  await close()
})

test('who asks at an address where nothing is served is no attempt, and the empty list says where to look [doorward-trace]', async () => {
  const { ask, written, later, close } = await houseWithServer()
  assert.equal((await ask('/sse', 'localhost:8421', 'POST')).status, 404)
  await written(1)
  const none = rowsOf(overTheApi(await recentAttempts(later, { since: 0, limit: 9 })), 'x.sqlite')
  assert.match(none, /compare the address .*doorward events --reason nothing_here \(x\.sqlite\)$/s)
  await close()
})

test('beside attempts it says who asked where nothing is, and not what every client and browser tries [doorward-trace]', async () => {
  const { ask, written, close } = await houseWithServer()
  const strays = async (count: number) => lineOfStrays(overTheApi(await written(count, 'nothing_here')), 'x.sqlite')
  await ask('/.well-known/openid-configuration/elsewhere', 'localhost:8421')
  await ask('/favicon.ico', 'localhost:8421')
  assert.equal(await strays(2), undefined)
  await ask('/sse', 'localhost:8421', 'POST')
  assert.match(
    (await strays(3)) ?? '',
    /^Somebody also asked for \/sse, where nothing is .*nothing_here \(x\.sqlite\)$/,
  )
  await close()
})
