import assert from 'node:assert/strict'
import type { NewGrant, Store, StoredUser } from './store.ts'

// A person and their grants, as the promises about grants want them.

export const NOW = 1_800_000_000
export const ADA: StoredUser = {
  id: 'dwu_ada',
  email: 'ada@example.com',
  password: 'x',
  operator: false,
  groups: [],
  createdAt: NOW,
}

let serial = 0
export const nextId = (): string => (++serial).toString(16).padStart(32, '0')

/** One whose code nobody has redeemed yet. */
export async function opened(store: Store, changes: Partial<NewGrant> = {}): Promise<string> {
  await store.users.add(ADA)
  const id = nextId()
  await store.grants.open({
    id,
    userId: ADA.id,
    clientId: 'dwc_one',
    resource: 'https://h/mcp',
    scope: 'read write',
    openedAt: NOW,
    codeExpiresAt: NOW + 60,
    ...changes,
  })
  return id
}

export async function redeemed(store: Store, expiresAt: number, changes: Partial<NewGrant> = {}): Promise<string> {
  const id = await opened(store, changes)
  assert.equal(await store.grants.redeem(id, { now: NOW, expiresAt }), 'redeemed')
  return id
}
