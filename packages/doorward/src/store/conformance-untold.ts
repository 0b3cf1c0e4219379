import assert from 'node:assert/strict'
import type { AuditEvent } from '@doorward/core/kernel/audit'
import { ADA, NOW, opened } from './conformance-opened.ts'
import type { Store, StoredClient } from './store.ts'

const told = (): AuditEvent => ({ type: 'server.failed', outcome: 'allowed', reason: 'told' })
const CLIENT: StoredClient = { id: 'dwc_one', assurance: 'claimed', metadata: {}, createdAt: NOW, secretsNotBefore: 0 }

/** What comes to nothing, and the verdict that says so. Ada is there, and an application that is blocked, with a grant that ended. */
const NOTHING: readonly (readonly [string, string, (store: Store, grant: string) => Promise<unknown>])[] = [
  ['add an application that there is', 'known', (store) => store.clients.put(CLIENT, told)],
  [
    'add more than somebody may keep',
    'too_many',
    (store) => store.clients.putOwned({ ...CLIENT, id: 'own', owner: ADA.id }, 0, told),
  ],
  ['change an application that went', 'unknown', (store) => store.clients.change('gone', { goneAt: NOW }, told)],
  ['approve one that went', 'unknown', (store) => store.clients.approve('gone', { now: NOW, by: 'x' }, told)],
  [
    'approve one that is another by now',
    'changed',
    (store) => store.clients.approve(CLIENT.id, { now: NOW, by: 'x', isSeen: () => false }, told),
  ],
  ['ask for one that was asked for', 'already', (store) => store.clients.ask(CLIENT, { now: NOW, by: 'x' }, told)],
  ['end the secrets of one that went', 'unknown', (store) => store.clients.endSecrets('gone', () => NOW, told)],
  ['block one that went', 'unknown', (store) => store.clients.block('gone', NOW, told)],
  ['remove one that went', 'unknown', (store) => store.clients.remove('gone', NOW, told)],
  ['remove one that is blocked', 'blocked', (store) => store.clients.remove(CLIENT.id, NOW, told)],
  [
    'revoke a grant that was revoked',
    'already',
    (store, grant) => store.grants.revoke(grant, { now: NOW, reason: 'x' }, told),
  ],
  ['revoke an invite that went', 'unknown', (store) => store.invites.revoke('gone', NOW, told)],
  ['disable a person who went', 'unknown', (store) => store.users.disable('gone', NOW, told)],
  ['let in a person who is in', 'already', (store) => store.governing.enable(ADA.id, told)],
  ['set the password of nobody', 'unknown', (store) => store.governing.resetPassword('gone', 'x', told)],
  ['make the same role', 'same', (store) => store.users.setOperatorBy(ADA.id, 'okta', false, told)],
  ['end a session that ended', 'unknown', (store) => store.sessions.close('gone', ADA.id, told)],
  ['end the other sessions where there are none', 'none', (store) => store.sessions.closeOthers(ADA.id, 'this', told)],
]

/** The promises about what is not told, because it did not happen. */
export function untoldPromises(promise: (title: string, body: (store: Store) => Promise<void>) => void): void {
  for (const [what, verdict, act] of NOTHING) {
    promise(`to ${what} is told to nobody: nothing happened`, async (store) => {
      const grant = await opened(store)
      await store.clients.ask(CLIENT, { now: NOW, by: 'x' })
      await store.clients.block(CLIENT.id, NOW)
      assert.equal(await act(store, grant), verdict)
      assert.deepEqual(await store.events.list({ limit: 9 }), [])
    })
  }

  promise(
    'what is another application from now on has to be admitted anew, and one that waits for that goes on waiting',
    async (store) => {
      const [waiting, admitted] = [CLIENT, { ...CLIENT, id: 'dwc_two' }]
      for (const client of [waiting, admitted]) await store.clients.ask(client, { now: NOW, by: 'x' })
      await store.clients.approve(admitted.id, { now: NOW, by: 'x' })
      for (const { id } of [waiting, admitted]) await store.clients.change(id, { withdrawApproval: true })
      const found = await Promise.all([waiting, admitted].map(({ id }) => store.clients.find(id)))
      assert.deepEqual(
        found.map((client) => [client?.askedAt, client?.approvedAt]),
        [
          [NOW, undefined],
          [undefined, undefined],
        ],
      )
    },
  )

  promise(
    'of a hundred that somebody registers for themselves at once, no more are kept than they may',
    async (store) => {
      await store.users.add(ADA)
      const own = (i: number) => ({ ...CLIENT, id: `own ${i}`, owner: ADA.id })
      const verdicts = await Promise.all(Array.from({ length: 100 }, (_, i) => store.clients.putOwned(own(i), 3, told)))
      assert.equal(verdicts.filter((verdict) => verdict === 'new').length, 3)
      assert.equal((await store.clients.list({ owner: ADA.id })).length, 3)
      assert.equal((await store.events.list({ limit: 9 })).length, 3)
    },
  )
}
