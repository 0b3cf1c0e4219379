import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreClosed, StoreUnavailable } from '../store/unavailable.ts'
import { type Looked, readiness } from './readiness.ts'

const GOOD: Looked = { store: { schema: async () => 'current' }, keyring: { look: async () => undefined } }
/** As `pg` tells it. */
const FORBIDDEN = Object.assign(new Error('permission denied'), { severity: 'ERROR', code: '42501' })
const never = () => new Promise<never>(() => undefined)
const fails = (error: Error) => () => Promise.reject(error)

async function asked(house: Looked | undefined, isLeaving = false) {
  const probes = readiness(() => 0, 5)
  if (house !== undefined) probes.opened(house)
  if (isLeaving) probes.leave()
  const response = (await probes.answer('/readyz')) as Response
  const { status, because = [] } = (await response.json()) as { status: string; because?: { reason: string }[] }
  const shown = [response.status, status, ...because.map(({ reason }) => reason)]
  assert.equal(response.headers.get('cache-control'), 'no-store')
  return { shown, retryAfter: response.headers.get('retry-after') }
}

const UNREADY: readonly (readonly [string, string, Looked | undefined, boolean?])[] = [
  ['has not begun', 'starting', undefined],
  ['takes leave', 'draining', GOOD, true],
  [
    'has a database that is gone',
    'database_unavailable',
    { ...GOOD, store: { schema: fails(new StoreUnavailable('postgres://u:p@h')) } },
  ],
  [
    'may not change the database',
    'database_forbidden',
    { ...GOOD, store: { schema: fails(new StoreUnavailable('no', { cause: FORBIDDEN })) } },
  ],
  ['has a database that was moved', 'database_closed', { ...GOOD, store: { schema: fails(new StoreClosed('to x')) } }],
  ['has a database that hangs', 'database_unavailable', { ...GOOD, store: { schema: never } }],
  ['is too old for the database', 'schema_outgrown', { ...GOOD, store: { schema: async () => 'outgrown' } }],
  ['is too new for the database', 'schema_behind', { ...GOOD, store: { schema: async () => 'behind' } }],
  ['has keys that do not open', 'keys_unusable', { ...GOOD, keyring: { look: fails(new Error('sealed otherwise')) } }],
  [
    'loses the database in between',
    'database_unavailable',
    { ...GOOD, keyring: { look: fails(new StoreUnavailable('gone')) } },
  ],
]
for (const [who, reason, house, isLeaving] of UNREADY) {
  test(`who ${who} is not ready, and says ${reason} [doorward-ready]`, async () => {
    assert.deepEqual(await asked(house, isLeaving), { shown: [503, 'unready', reason], retryAfter: '2' })
  })
}

test('who can answer is ready', async () => {
  assert.deepEqual(await asked(GOOD), { shown: [200, 'ready'], retryAfter: null })
})

test('however many ask within a second, the database is asked once; then again [doorward-ready]', async () => {
  let now = 0
  let looks = 0
  const probes = readiness(() => now)
  probes.opened({ ...GOOD, store: { schema: async () => (++looks === 1 ? 'current' : 'outgrown') } })
  const statusOf = async () => ((await probes.answer('/readyz')) as Response).status
  assert.deepEqual(await Promise.all(Array.from({ length: 50 }, statusOf)), Array(50).fill(200))
  now = 999
  assert.deepEqual([await statusOf(), looks], [200, 1])
  now = 1000
  assert.deepEqual([await statusOf(), looks], [503, 2])
})

test('who takes leave says so at once, whatever was found a moment ago [doorward-drain]', async () => {
  const probes = readiness(() => 0)
  probes.opened(GOOD)
  assert.equal(((await probes.answer('/readyz')) as Response).status, 200)
  probes.leave()
  assert.equal(((await probes.answer('/readyz')) as Response).status, 503)
  assert.equal(((await probes.answer('/healthz')) as Response).status, 200)
  assert.equal(probes.answer('/token'), undefined)
})
