// Every verb of the store that writes, with those that it may meet: what two of them come to at once is what they come to one after the other.
import type { AuditEvent } from '../packages/core/src/kernel/audit.ts'
import type { WaysIn } from '../packages/doorward/src/store/identity.ts'
import type { NewGrant, NewStanding, Store, StoredClient, StoredUser } from '../packages/doorward/src/store/store.ts'

export interface Act {
  /** The verb of `Store`, such as `grants.rotate`. */
  readonly verb: string
  readonly act: (store: Store) => Promise<unknown>
  /** Names of acts that it is tried with, in either part. */
  readonly meets: readonly string[]
}

const NOW = 1_800_000_000
const END = NOW + 100_000
const RESOURCE = 'https://h/mcp'
const at = { now: NOW + 1 }

const client = (id: string): StoredClient => ({
  id,
  assurance: 'claimed',
  metadata: {},
  createdAt: NOW,
  secretsNotBefore: 0,
})
const user = (id: string, email = `${id}@h`): StoredUser => ({
  id,
  email,
  password: 'x',
  operator: false,
  groups: ['staff'],
  createdAt: NOW,
})
const grant = (id: string, userId = 'u1'): NewGrant => ({
  id,
  userId,
  clientId: 'c1',
  resource: RESOURCE,
  scope: 'a b c',
  openedAt: NOW,
  codeExpiresAt: END,
})
const standing = (id: string, scope: string): NewStanding => ({
  id,
  userId: 'u1',
  clientId: 'c2',
  resource: RESOURCE,
  scope,
  openedAt: NOW,
  expiresAt: END,
  kind: 'exchange',
  parent: 'live',
  isRegistered: true,
})
const session = (digest: string, userId = 'u1') => ({
  digest,
  userId,
  createdAt: NOW,
  expiresAt: END,
  authentication: { at: NOW, method: 'password', amr: ['pwd'] },
  network: '',
  browser: '',
  usedAt: NOW,
})
const identity = (subject: string, userId: string) => ({
  provider: 'okta',
  subject,
  userId,
  label: '',
  createdAt: NOW,
  usedAt: NOW,
})
const passkey = (id: string, userId: string) => ({
  id,
  userId,
  publicKey: 'k',
  counter: 1,
  transports: [],
  isSynced: false,
  name: '',
  createdAt: NOW,
  usedAt: undefined,
})
const invite = (id: string) => ({
  id,
  note: '',
  mostUses: 1,
  redirectHosts: [],
  scopes: [],
  createdAt: NOW,
  expiresAt: END,
})
const key = (kid: string) => ({ kid, alg: 'ES256', sealedPrivateKey: 's', publicJwk: {}, createdAt: NOW })
const rule = (id: string, value: string) => ({
  id,
  effect: 'deny' as const,
  kind: 'host',
  value,
  note: '',
  createdAt: NOW,
  createdBy: 'u2',
})
/** What a verb found out, as its event. */
const WAYS: WaysIn = { password: true, providers: ['okta'] }
const told = (verdict: unknown): AuditEvent => ({
  type: 'server.failed',
  outcome: 'allowed',
  reason: JSON.stringify(verdict) ?? 'undefined',
})
const less = {
  now: NOW + 1,
  reason: 'groups_changed',
  scopeOf: ({ scope }: { scope: string }) =>
    scope
      .split(' ')
      .filter((name) => name !== 'c')
      .join(' ') || undefined,
  describe: ({ id, scope }: { id: string; scope: string }, kept: string | undefined) => told([id, scope, kept]),
}

/** What is there before: people, applications, grants in each state, and what hangs on them. */
export async function seed(store: Store): Promise<void> {
  for (const id of ['u1', 'u2', 'u3', 'u8', 'u9']) await store.users.add(user(id))
  for (const id of ['c1', 'c2']) await store.clients.put(client(id))
  for (const id of ['fresh', 'live', 'live2']) await store.grants.open(grant(id))
  for (const id of ['live', 'live2']) await store.grants.redeem(id, { now: NOW, expiresAt: END })
  await store.grants.stand(standing('child', 'a'))
  await store.users.disable('u3', NOW)
  for (const id of ['s1', 's2']) await store.users.signedIn(session(id), {})
  await store.identities.add(identity('sub', 'u2'), undefined)
  for (const id of ['p1', 'p2']) await store.passkeys.add(passkey(id, 'u1'), 9)
  await store.passkeys.add(passkey('p3', 'u2'), 9)
  for (const id of ['u2', 'u8']) await store.users.setPassword(id, { expected: 'x', password: '', keep: '' })
  await store.users.setOperatorBy('u9', 'okta', true)
  await store.devices.add({ key: 'd1', sealed: '', expiresAt: END })
  await store.journeys.begin('j1', 'sealed', END)
  await store.attempts.begin('tried', NOW, () => 0)
  await store.invites.add(invite('i1'))
  await store.claims.claim('over', NOW)
  await store.upstreams.bind('https://old/mcp', 'http://one', NOW)
  await store.keys.add(key('k1'), undefined, told('added'))
  await store.rules.add(rule('r1', 'old.example'), { now: NOW, most: 9, isMeant: () => false })
}

const deny = (id: string, value: string) => (store: Store) =>
  store.rules.add(rule(id, value), { ...at, most: 9, isMeant: ({ id }) => id === 'c1' }, told)
const stand = (id: string, scope: string) => (store: Store) => store.grants.stand(standing(id, scope), told)
const alone = (id: string) => (store: Store) =>
  store.grants.stand({ ...standing(id, 'a'), parent: undefined, kind: 'client', groups: ['staff'] }, told)
/** Of a client that only its document tells of, which becomes a row with its first grant. */
const unseen = (id: string) => (store: Store) =>
  store.grants.stand(
    { ...standing(id, 'a'), parent: undefined, kind: 'assertion', clientId: 'c7', client: client('c7') },
    told,
  )
/** A judge who leaves a grant what it holds of these. */
const leaves =
  (...most: readonly string[]) =>
  ({ scope }: { readonly scope: string }) => {
    const left = scope.split(' ').filter((name) => most.includes(name))
    return left.length === 0 ? ('refused' as const) : { scope: left.join(' ') }
  }
const rotated = { now: NOW + 2, windowSeconds: 30, expiresAt: END }

export const ACTS: Readonly<Record<string, Act>> = {
  register: { verb: 'clients.put', act: (s) => s.clients.put(client('c9'), told), meets: ['register', 'ask for new'] },
  'keep an application': {
    verb: 'clients.putOwned',
    act: (s) => s.clients.putOwned({ ...client('c4'), owner: 'u1' }, 1, told),
    meets: ['keep an application', 'keep another application', 'disable'],
  },
  'keep another application': {
    verb: 'clients.putOwned',
    act: (s) => s.clients.putOwned({ ...client('c5'), owner: 'u1' }, 1, told),
    meets: [],
  },
  'come invited': {
    verb: 'clients.putInvited',
    act: (s) => s.clients.putInvited(client('c8'), 'i1', NOW, told),
    meets: ['come invited too', 'come invited', 'take back an invite'],
  },
  'come invited too': {
    verb: 'clients.putInvited',
    act: (s) => s.clients.putInvited(client('c7'), 'i1', NOW, told),
    meets: [],
  },
  'change a client': {
    verb: 'clients.change',
    act: (s) => s.clients.change('c1', { goneAt: NOW, withdrawApproval: true }, told),
    meets: ['change a client', 'approve', 'ask', 'remove a client'],
  },
  ask: {
    verb: 'clients.ask',
    act: (s) => s.clients.ask(client('c1'), { ...at, by: 'u1' }, told),
    meets: ['ask', 'approve', 'remove a client'],
  },
  'ask for new': {
    verb: 'clients.ask',
    act: (s) => s.clients.ask(client('c9'), { ...at, by: 'u1' }, told),
    meets: ['ask for new'],
  },
  approve: {
    verb: 'clients.approve',
    act: (s) => s.clients.approve('c1', { ...at, by: 'u2' }, told),
    meets: ['remove a client', 'block'],
  },
  'end secrets': {
    verb: 'clients.endSecrets',
    act: (s) => s.clients.endSecrets('c1', (was) => Math.max(was, NOW) + 1, told),
    meets: ['end secrets', 'block', 'remove a client', 'change a client'],
  },
  block: {
    verb: 'clients.block',
    act: (s) => s.clients.block('c1', NOW + 1, told),
    meets: ['block', 'remove a client', 'redeem', 'rotate', 'open', 'narrow'],
  },
  'block who exchanges': {
    verb: 'clients.block',
    act: (s) => s.clients.block('c2', NOW + 1, told),
    meets: ['exchange', 'exchange more'],
  },
  'remove a client': {
    verb: 'clients.remove',
    act: (s) => s.clients.remove('c1', NOW + 1, told),
    meets: ['remove a client', 'rotate', 'open'],
  },
  open: {
    verb: 'grants.open',
    act: (s) => s.grants.open(grant('9'), told),
    meets: ['open', 'open another', 'end all', 'disable', 'deny'],
  },
  'open another': {
    verb: 'grants.open',
    act: (s) => s.grants.open({ ...grant('8'), client: client('c9') }, told),
    meets: ['open another', 'register'],
  },
  redeem: {
    verb: 'grants.redeem',
    act: (s) => s.grants.redeem('fresh', { now: NOW + 1, expiresAt: END, once: { key: 'proof', until: END } }, told),
    meets: ['redeem', 'redeem with another proof', 'end', 'disable', 'rotate with the proof'],
  },
  'redeem with another proof': {
    verb: 'grants.redeem',
    act: (s) => s.grants.redeem('fresh', { now: NOW + 1, expiresAt: END, once: { key: 'other', until: END } }, told),
    meets: [],
  },
  rotate: {
    verb: 'grants.rotate',
    act: (s) => s.grants.rotate('live', 1, rotated, told),
    meets: ['rotate', 'rotate to less', 'use', 'end', 'narrow', 'leave a group', 'end all', 'disable', 'deny'],
  },
  'rotate to less': {
    verb: 'grants.rotate',
    act: (s) => s.grants.rotate('live', 1, { ...rotated, judge: leaves('a', 'b') }, told),
    meets: ['narrow', 'leave a group', 'exchange', 'exchange more', 'end'],
  },
  'rotate with the proof': {
    verb: 'grants.rotate',
    act: (s) => s.grants.rotate('live', 1, { ...rotated, once: { key: 'proof', until: END } }, told),
    meets: ['rotate with the proof'],
  },
  use: {
    verb: 'grants.use',
    act: (s) => s.grants.use('live', 1, { now: NOW + 2, expiresAt: END + 9, judge: leaves('a') }, told),
    meets: ['use', 'end', 'narrow', 'leave a group'],
  },
  exchange: {
    verb: 'grants.stand',
    act: stand('e1', 'a b'),
    meets: ['exchange', 'exchange more', 'end', 'narrow', 'leave a group', 'end all', 'end what was exchanged'],
  },
  'exchange more': { verb: 'grants.stand', act: stand('e2', 'a c'), meets: ['end what was exchanged', 'end'] },
  'stand alone': { verb: 'grants.stand', act: alone('e3'), meets: ['stand alone', 'stand alone too', 'leave a group'] },
  'stand unseen': { verb: 'grants.stand', act: unseen('e5'), meets: ['stand unseen', 'stand unseen too', 'deny'] },
  'stand unseen too': { verb: 'grants.stand', act: unseen('e6'), meets: [] },
  'stand alone too': { verb: 'grants.stand', act: alone('e4'), meets: [] },
  narrow: {
    verb: 'grants.narrow',
    act: (s) => s.grants.narrow('live', { ...at, scope: 'a', voidsTokens: true }, told),
    meets: ['narrow', 'narrow otherwise', 'end', 'leave a group', 'end all'],
  },
  'narrow otherwise': {
    verb: 'grants.narrow',
    act: (s) => s.grants.narrow('live', { ...at, scope: 'b', endsAt: NOW + 9, voidsTokens: false }, told),
    meets: ['leave a group'],
  },
  end: {
    verb: 'grants.revoke',
    act: (s) => s.grants.revoke('live', { now: NOW + 3, reason: 'by_hand' }, told),
    meets: ['end', 'end all', 'leave a group', 'disable', 'bind'],
  },
  'end what was exchanged': {
    verb: 'grants.revoke',
    act: (s) => s.grants.revoke('child', { now: NOW + 3, reason: 'by_hand' }, told),
    meets: ['end', 'end all', 'leave a group'],
  },
  'end all': {
    verb: 'grants.revokeAll',
    act: (s) => s.grants.revokeAll('u1', { ...at, reason: 'all' }, told),
    meets: ['end all', 'disable', 'leave a group'],
  },
  'begin at a device': {
    verb: 'devices.add',
    act: (s) => s.devices.add({ key: 'd9', sealed: '1', expiresAt: END }, told),
    meets: ['begin at a device', 'begin at another device'],
  },
  'begin at another device': {
    verb: 'devices.add',
    act: (s) => s.devices.add({ key: 'd9', sealed: '2', expiresAt: END }, told),
    meets: [],
  },
  'say yes': {
    verb: 'devices.answer',
    act: (s) => s.devices.answer('d1', { ...at, by: 'u1', grant: grant('7') }, told),
    meets: ['say yes', 'say no', 'say yes as another'],
  },
  'say yes as another': {
    verb: 'devices.answer',
    act: (s) => s.devices.answer('d1', { ...at, by: 'u2', grant: grant('6', 'u2') }, told),
    meets: [],
  },
  'say no': {
    verb: 'devices.answer',
    act: (s) => s.devices.answer('d1', { ...at, by: 'u1', grant: undefined }, told),
    meets: [],
  },
  join: {
    verb: 'users.add',
    act: (s) => s.users.add(user('u9', 'one@h'), told),
    meets: ['join', 'join too', 'come from elsewhere'],
  },
  'join too': { verb: 'users.add', act: (s) => s.users.add(user('u8', 'one@h'), told), meets: ['come from elsewhere'] },
  'leave a group': {
    verb: 'users.setGroups',
    act: (s) => s.users.setGroups('u1', undefined, [], told, less),
    meets: ['leave a group', 'be in a group of a provider', 'disable', 'open'],
  },
  'be in a group of a provider': {
    verb: 'users.setGroups',
    act: (s) => s.users.setGroups('u1', 'okta', ['dev'], told, less),
    meets: ['rotate', 'narrow'],
  },
  disable: {
    verb: 'users.disable',
    act: (s) => s.users.disable('u1', NOW + 1, told),
    meets: ['disable', 'sign in', 'enable', 'set a password', 'end the sessions'],
  },
  enable: { verb: 'governing.enable', act: (s) => s.governing.enable('u3', told), meets: ['enable', 'sign in again'] },
  'end the sessions': {
    verb: 'governing.endSessions',
    act: (s) => s.governing.endSessions('u1', told),
    meets: ['end the sessions', 'sign out', 'sign in'],
  },
  'sign in': {
    verb: 'users.signedIn',
    act: (s) => s.users.signedIn(session('s9'), { attempt: 'tried', replaces: ['s1'], password: 'x' }, told),
    meets: ['sign in', 'set a password', 'try', 'sign out', 'sign out elsewhere'],
  },
  'sign in again': { verb: 'users.signedIn', act: (s) => s.users.signedIn(session('s8', 'u3'), {}, told), meets: [] },
  'set a password': {
    verb: 'users.setPassword',
    act: (s) => s.users.setPassword('u1', { expected: 'x', password: 'y', keep: 's1' }, told),
    meets: ['set a password', 'set another password', 'sign out elsewhere'],
  },
  'give a password': {
    verb: 'governing.resetPassword',
    act: (s) => s.governing.resetPassword('u8', 'z', told),
    meets: ['give a password', 'be given a password'],
  },
  'be given a password': {
    verb: 'governing.resetPassword',
    act: (s) => s.governing.resetPassword('u1', 'w', told),
    meets: ['set a password', 'sign in', 'end the sessions'],
  },
  'set another password': {
    verb: 'users.setPassword',
    act: (s) => s.users.setPassword('u1', { expected: 'x', password: 'z', keep: 's2' }, told),
    meets: [],
  },
  'be an operator': {
    verb: 'users.setOperatorBy',
    act: (s) => s.users.setOperatorBy('u1', 'okta', true, told),
    meets: ['be an operator', 'be one by another', 'be none'],
  },
  'govern for nobody any more': {
    verb: 'users.endRolesOfOthers',
    act: (s) => s.users.endRolesOfOthers(['entra'], ({ id }) => told(id)),
    meets: ['govern for nobody any more', 'be an operator'],
  },
  'be one by another': {
    verb: 'users.setOperatorBy',
    act: (s) => s.users.setOperatorBy('u1', 'entra', true, told),
    meets: ['be none'],
  },
  'be none': { verb: 'users.setOperatorBy', act: (s) => s.users.setOperatorBy('u1', 'okta', false, told), meets: [] },
  try: {
    verb: 'attempts.begin',
    act: (s) => s.attempts.begin('tried', NOW, (failures) => (failures > 1 ? 60 : 0)),
    meets: ['try', 'forgive'],
  },
  take: {
    verb: 'attempts.take',
    act: (s) => s.attempts.take('free', NOW, { burst: 1, everySeconds: 60 }),
    meets: ['take'],
  },
  'try for the first time': {
    verb: 'attempts.begin',
    act: (s) => s.attempts.begin('new', NOW, () => 60),
    meets: ['try for the first time'],
  },
  forgive: { verb: 'attempts.forgive', act: (s) => s.attempts.forgive('tried'), meets: ['forgive', 'sign in'] },
  invite: { verb: 'invites.add', act: (s) => s.invites.add(invite('i9'), told), meets: ['invite'] },
  'take back an invite': {
    verb: 'invites.revoke',
    act: (s) => s.invites.revoke('i1', NOW, told),
    meets: ['take back an invite'],
  },
  claim: {
    verb: 'claims.claim',
    act: (s) => s.claims.claim('new', END, 'm'),
    meets: ['claim', 'claim otherwise', 'sweep'],
  },
  'claim otherwise': { verb: 'claims.claim', act: (s) => s.claims.claim('new', END, 'n'), meets: [] },
  bind: {
    verb: 'upstreams.bind',
    act: (s) => s.upstreams.bind(RESOURCE, 'http://one', NOW + 1, told),
    meets: ['bind', 'bind another', 'rotate'],
  },
  'bind another': {
    verb: 'upstreams.bind',
    act: (s) => s.upstreams.bind(RESOURCE, 'http://two', NOW + 1, told),
    meets: ['rotate'],
  },
  'bind anew': {
    verb: 'upstreams.bind',
    act: (s) => s.upstreams.bind('https://old/mcp', 'http://two', NOW + 1, told),
    meets: ['bind anew', 'bind anew elsewhere'],
  },
  'bind anew elsewhere': {
    verb: 'upstreams.bind',
    act: (s) => s.upstreams.bind('https://old/mcp', 'http://three', NOW + 1, told),
    meets: [],
  },
  touch: { verb: 'sessions.touch', act: (s) => s.sessions.touch('s1', NOW + 1), meets: ['touch', 'sign out'] },
  'sign out': { verb: 'sessions.close', act: (s) => s.sessions.close('s1', 'u1', told), meets: ['sign out'] },
  'sign out elsewhere': {
    verb: 'sessions.closeOthers',
    act: (s) => s.sessions.closeOthers('u1', 's2', told),
    meets: ['sign out elsewhere', 'sign out'],
  },
  link: {
    verb: 'identities.add',
    act: (s) => s.identities.add(identity('new', 'u1'), undefined, told),
    meets: ['link', 'link to another', 'come from elsewhere'],
  },
  'link to another': {
    verb: 'identities.add',
    act: (s) => s.identities.add(identity('new', 'u2'), undefined, told),
    meets: [],
  },
  'come from elsewhere': {
    verb: 'identities.add',
    act: (s) => s.identities.add(identity('new', 'u7'), user('u7', 'one@h'), told),
    meets: ['come from elsewhere'],
  },
  adopt: {
    verb: 'identities.adopt',
    act: (s) => s.identities.adopt(identity('new', 'u8'), ['okta'], told),
    meets: ['adopt', 'link', 'give a password'],
  },
  'use a link': {
    verb: 'identities.use',
    act: (s) => s.identities.use('okta', 'sub', NOW + 1),
    meets: ['use a link', 'unlink'],
  },
  unlink: {
    verb: 'identities.remove',
    act: (s) =>
      s.identities.remove('okta', 'sub', 'u2', WAYS, told, {
        groups: told,
        govern: { ...at, reason: 'x', scopeOf: ({ scope }) => scope },
        role: told,
      }),
    meets: ['unlink', 'remove the only passkey'],
  },
  'add a passkey': {
    verb: 'passkeys.add',
    act: (s) => s.passkeys.add(passkey('p9', 'u1'), 3, told),
    meets: ['add a passkey', 'add another passkey', 'remove a passkey'],
  },
  'add another passkey': {
    verb: 'passkeys.add',
    act: (s) => s.passkeys.add(passkey('p8', 'u1'), 3, told),
    meets: [],
  },
  'use a passkey': {
    verb: 'passkeys.use',
    act: (s) => s.passkeys.use('p1', 5, NOW + 1, told),
    meets: ['use a passkey', 'remove a passkey', 'rename'],
  },
  rename: {
    verb: 'passkeys.rename',
    act: (s) => s.passkeys.rename('p1', 'u1', 'new'),
    meets: ['rename', 'remove a passkey'],
  },
  'remove a passkey': {
    verb: 'passkeys.remove',
    act: (s) => s.passkeys.remove('p1', 'u1', WAYS, told),
    meets: ['remove a passkey'],
  },
  'remove the only passkey': {
    verb: 'passkeys.remove',
    act: (s) => s.passkeys.remove('p3', 'u2', WAYS, told),
    meets: [],
  },
  'set out': { verb: 'journeys.begin', act: (s) => s.journeys.begin('j9', 'sealed', END), meets: ['set out', 'sweep'] },
  'come back': { verb: 'journeys.take', act: (s) => s.journeys.take('j1', NOW), meets: ['come back', 'sweep late'] },
  'renew the keys': {
    verb: 'keys.add',
    act: (s) => s.keys.add(key('k2'), 'k1', told('k2')),
    meets: ['renew the keys', 'renew the keys too', 'remove a key'],
  },
  'renew the keys too': { verb: 'keys.add', act: (s) => s.keys.add(key('k3'), 'k1', told('k3')), meets: [] },
  'remove a key': {
    verb: 'keys.remove',
    act: (s) => s.keys.remove(['k1'], told('removed')),
    meets: ['remove a key'],
  },
  record: {
    verb: 'events.append',
    act: (s) => s.events.append([told('one'), told('two')]),
    meets: ['record', 'sweep'],
  },
  deny: { verb: 'rules.add', act: deny('r9', 'h.example'), meets: ['deny', 'deny too', 'exchange', 'remove a rule'] },
  'deny too': { verb: 'rules.add', act: deny('r8', 'h.example'), meets: [] },
  'remove a rule': { verb: 'rules.remove', act: (s) => s.rules.remove('r1', told), meets: ['remove a rule'] },
  sweep: {
    verb: 'sweep',
    act: (s) => s.sweep({ now: NOW + 1, unusedClientSeconds: 86_400, usedClientSeconds: 86_400, mostEvents: 10 }),
    meets: ['sweep', 'register'],
  },
  'sweep late': {
    verb: 'sweep',
    act: (s) => s.sweep({ now: END + 9, unusedClientSeconds: END, usedClientSeconds: END, mostEvents: 1000 }),
    meets: ['sweep late', 'rotate'],
  },
}
