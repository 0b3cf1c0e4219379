// What the administration refuses because of how things stand, each with its own reason and without a trace of having been done.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { OAuthError } from '@doorward/core/oauth/error'
import { CALLBACK, MCP, makeWorld, VERIFIER, VISIT, type World } from '../../testing/world.ts'
import { act, type InputOf } from './act.ts'
import type { ActionName } from './actions/index.ts'
import { ADMIN_SCOPE } from './permissions.ts'

let world: World
let clientId: string
let grantId: string
beforeEach(async () => {
  world = await makeWorld()
  clientId = (await world.register()).client_id
  const code = await world.agree(clientId, { resource: MCP, scope: 'notes:read' })
  await world.post('/token', {
    grant_type: 'authorization_code',
    code,
    code_verifier: VERIFIER,
    client_id: clientId,
  })
  grantId = (await world.ctx.store.grants.list())[0]?.id ?? ''
})
afterEach(() => world.close())

const boss = { id: 'dwu_ada', permissions: [ADMIN_SCOPE] }
const run = <Name extends ActionName>(name: Name, input: InputOf<Name>) => act(world.ctx, VISIT, boss, name, input)
const OWN = { client_id: 'dwo_own', client_name: 'Own', redirect_uris: [CALLBACK] }
const RULE = { effect: 'deny', rule: { domain: 'a.example' } } as const

const REFUSED: readonly (readonly [string, string, number, () => Promise<unknown>, () => Promise<unknown>])[] = [
  [
    'an application that has an id already',
    'admin_client_taken',
    409,
    () => run('clients.add', OWN),
    () => run('clients.add', OWN),
  ],
  [
    'an application with a scope that nothing knows',
    'admin_scope_unknown',
    400,
    async () => undefined,
    () => run('clients.add', { ...OWN, scope: 'notes:raed' }),
  ],
  [
    'to forget an application that is blocked',
    'admin_client_blocked',
    409,
    () => run('clients.block', { id: clientId }),
    () => run('clients.remove', { id: clientId }),
  ],
  [
    'to admit an application that is another than the one looked at',
    'admin_client_changed',
    409,
    async () => undefined,
    () => run('clients.approve', { id: clientId, digest: 'that of before' }),
  ],
  [
    'to narrow a grant that has ended',
    'admin_grant_ended',
    409,
    () => run('grants.revoke', { id: grantId }),
    () => run('grants.narrow', { id: grantId, scopes: ['notes:read'] }),
  ],
  [
    'to leave a grant more than it holds',
    'admin_grant_wider',
    409,
    async () => undefined,
    () => run('grants.narrow', { id: grantId, scopes: ['notes:write'] }),
  ],
  ['a rule that there is', 'admin_rule_known', 409, () => run('rules.add', RULE), () => run('rules.add', RULE)],
  [
    'one rule more than anybody reads',
    'admin_rules_full',
    409,
    async () => {
      for (let i = 0; i < 1000; i++) await run('rules.add', { effect: 'deny', rule: { clientId: `c${i}` } })
    },
    () => run('rules.add', RULE),
  ],
  [
    'groups over those that somebody else gave meanwhile',
    'admin_groups_changed',
    409,
    () => run('people.groups', { id: world.user.id, groups: ['a'] }),
    () => run('people.groups', { id: world.user.id, groups: ['b'], before: [] }),
  ],
]
for (const [what, reason, status, before, attempt] of REFUSED) {
  test(`the administration refuses ${what}, with ${reason}`, async () => {
    await before()
    const told = (await world.ctx.store.events.place(0)).last
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof OAuthError, String(error))
      assert.deepEqual([error.reason, error.status], [reason, status])
      return true
    })
    assert.equal((await world.ctx.store.events.place(0)).last, told)
  })
}

test('who shows no token learns not even which paths there are', async () => {
  for (const path of ['/clients', '/passwords', '/clients/%E0']) {
    const response = await world.send('GET', `/admin/api${path}`, {})
    assert.deepEqual([response.status, world.events.at(-1)?.reason], [401, 'admin_token_missing'])
  }
})
