import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ASSURANCES } from '../authority/admin/actions/clients.ts'
import { isConstrained } from '../authority/token/constrained.ts'
import type { Assurance } from '../store/store.ts'
import { makeWorld } from '../testing/world.ts'
import { readConfig } from './config.ts'
import { policyOf } from './policy.ts'
import { UsageError } from './problem.ts'

/** The policy that a file means in which this stands under `policy`. */
function policyOfFile(policy: unknown) {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-policy-'))
  const file = join(folder, 'doorward.config.json')
  try {
    writeFileSync(file, JSON.stringify({ policy }))
    return policyOf(readConfig(file, {}).policy)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const CONSTRAINTS: readonly (readonly [string, unknown, readonly Assurance[]])[] = [
  ['nothing', {}, []],
  ['nobody', { senderConstraint: [] }, []],
  ['everybody', { senderConstraint: 'required' }, ASSURANCES],
  ['those that nobody vouches for', { senderConstraint: ['claimed'] }, ['claimed']],
  ['two kinds', { senderConstraint: ['domain', 'statement'] }, ['statement', 'domain']],
  ['one kind, where the preset says everybody', { preset: 'strict', senderConstraint: ['claimed'] }, ASSURANCES],
  ['nobody, where the preset says everybody', { preset: 'strict', senderConstraint: 'optional' }, []],
  ['nothing, where the preset says everybody', { preset: 'fapi2' }, ASSURANCES],
]
for (const [who, config, bound] of CONSTRAINTS) {
  test(`a config file that wants a key of ${who} binds them and no others [doorward-constraint-policy]`, async () => {
    const world = await makeWorld({ policy: policyOfFile(config) })
    const metadata = { redirect_uris: ['https://c.example/cb'], token_endpoint_auth_method: 'none' }
    const found = ASSURANCES.filter((assurance) =>
      isConstrained(
        world.ctx,
        { id: 'a', assurance, metadata, createdAt: 0, secretsNotBefore: 0 },
        'https://elsewhere.example/mcp',
      ),
    )
    await world.close()
    assert.deepEqual(
      found,
      ASSURANCES.filter((assurance) => bound.includes(assurance)),
    )
  })
}

test('a kind of client that there is not is told, and nothing is bound by it [doorward-constraint-policy]', () => {
  assert.throws(
    () => policyOfFile({ senderConstraint: ['stranger'] }),
    (error) => error instanceof UsageError && /senderConstraint/.test(error.message),
  )
})
