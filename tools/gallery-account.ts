// The pages of one's own account for the gallery.
import type { ConnectionsView } from '../packages/doorward/src/console/connections-view.ts'
import { PAGES } from '../packages/doorward/src/console/pages/index.ts'
import type { ClientView, OwnSignInView, Page, ScopeView } from '../packages/doorward/src/console/views.ts'
import type { Words } from '../packages/doorward/src/console/words/words.ts'

const ISSUER = 'https://door.acme.example'
const CORRELATION = '0CMZT3XQA5'
const DOCS = { uri: `${ISSUER}/docs/mcp`, name: 'Acme Docs' }
const TICKETS = { uri: `${ISSUER}/tickets/mcp`, name: 'Acme Tickets' }
const EDITOR: ClientView = { id: 'dwc_1', assurance: 'claimed', claimedName: 'Claude Code' }
const HOSTILE = `${'X'.repeat(60)}<img src=x onerror=alert(1)>\u202e\u2066${'Y'.repeat(90)}${'\u0301'.repeat(40)}`
const SCOPES: readonly ScopeView[] = [
  { name: 'docs:read', description: 'Read the pages that you can read', tools: ['list-pages', 'read-page', 'search'] },
  { name: 'docs:write', description: 'Write and change pages', tools: ['create-page', 'update-page'] },
]
const CONNECTIONS: ConnectionsView = {
  issuer: ISSUER,
  action: '/sent',
  request: 'sealed',
  email: 'ada@acme.example',
  today: '2026-11-20',
  idleDays: 30,
  done: 'narrow',
  portion: {},
  connections: [
    {
      id: '019a',
      client: { id: 'https://claude.ai/x', assurance: 'domain', vouchedBy: 'claude.ai', claimedName: 'Claude' },
      resource: DOCS,
      scopes: SCOPES.map((scope) => ({ ...scope, field: `keep ${scope.name}` })),
      openedAt: 1_795_000_000,
      from: { network: '203.0.113.0/24', isHere: true },
      usedAt: 1_795_180_000,
      usedFrom: { network: '160.79.104.0/24', isHere: false },
      boundTo: undefined,
      endsAt: 1_798_675_200,
      endsOn: '2026-12-30',
    },
    {
      id: '019b',
      client: EDITOR,
      resource: TICKETS,
      scopes: [{ name: 'tickets', description: 'Use every tool of Acme Tickets', tools: [], field: 'keep tickets' }],
      openedAt: 1_793_000_000,
      from: { network: '203.0.113.0/24', isHere: true },
      usedAt: 1_794_900_000,
      usedFrom: { network: '203.0.113.0/24', isHere: true },
      boundTo: 'key',
    },
  ],
}

const PASSKEY = { action: '/sent', options: '{}', sealed: 'sealed' }
const OWN_SIGN_IN: OwnSignInView = {
  issuer: ISSUER,
  action: '/sent',
  request: 'sealed',
  email: 'ada@acme.example',
  isFresh: true,
  signInAgain: '/sign-in',
  newPasskey: PASSKEY,
  hasPassword: true,
  passkeys: [{ id: 'p', name: 'Laptop', createdAt: 1_790_000_000, usedAt: 1_795_000_000 }],
  identities: [{ provider: 'acme', name: 'Acme', subject: '1', label: 'ada@acme.example', usedAt: 1_795_000_000 }],
  providers: [{ id: 'github', name: 'GitHub' }],
  portion: {},
  sessions: [
    {
      digest: 'a',
      isThis: true,
      browser: 'Firefox, Linux',
      network: '198.51.100.0/24',
      method: 'passkey',
      at: 1_795_000_000,
      usedAt: 1_795_000_300,
    },
    {
      digest: 'b',
      isThis: false,
      browser: 'Safari, iPhone',
      network: '203.0.113.0/24',
      method: 'Acme',
      at: 1_794_000_000,
      usedAt: 1_794_900_000,
    },
  ],
}

const ACCOUNTS = [
  { email: 'ada@acme.example', account: 'a', isCurrent: true },
  { email: 'ada.lovelace.of.the.analytical.engine@home.example', account: 'b', isCurrent: false },
]

export function accountGallery(words: Words): Readonly<Record<string, Page>> {
  const signIn = { action: '/sent', request: 'sealed', correlation: CORRELATION, passkey: PASSKEY }
  return {
    'sign-in-ways': PAGES.signIn(
      {
        ...signIn,
        client: EDITOR,
        resource: DOCS,
        step: 'email',
        providers: [
          { action: '/sent', name: 'Acme' },
          { action: '/sent', name: 'GitHub' },
        ],
      },
      words,
    ),
    'sign-in-accounts': PAGES.signIn(
      { ...signIn, client: EDITOR, resource: DOCS, step: 'both', accounts: ACCOUNTS, choose: '/sent', why: 'select' },
      words,
    ),
    'sign-in-accounts-hostile': PAGES.signIn(
      { ...signIn, step: 'email', accounts: [{ email: `${HOSTILE}@acme.example`, account: 'a', isCurrent: true }] },
      words,
    ),
    'sign-in-again': PAGES.signIn({ ...signIn, step: 'password', email: 'ada@acme.example', why: 'link' }, words),
    'going-on': PAGES.goingOn({ href: '/sent', name: 'Acme', correlation: CORRELATION }, words),
    'link-account': PAGES.linkAccount(
      {
        action: '/sent',
        request: 'sealed',
        link: 'link',
        email: 'ada@acme.example',
        provider: 'GitHub',
        label: 'ada-l',
        correlation: CORRELATION,
      },
      words,
    ),
    'own-sign-in': PAGES.ownSignIn(OWN_SIGN_IN, words),
    'own-sign-in-old': PAGES.ownSignIn({ ...OWN_SIGN_IN, isFresh: false, newPasskey: undefined }, words),
    'own-sign-in-wrong': PAGES.ownSignIn(
      { ...OWN_SIGN_IN, problem: words.ways.problems.password_unusable, isOfPassword: true, status: 403 },
      words,
    ),
    'own-sign-in-part': PAGES.ownSignIn({ ...OWN_SIGN_IN, portion: { older: '/own-sign-in?from=20' } }, words),
    'own-sign-in-hostile': PAGES.ownSignIn(
      {
        ...OWN_SIGN_IN,
        problem: words.ways.problems.last_way,
        email: `${HOSTILE}@acme.example`,
        passkeys: [{ id: 'p', name: HOSTILE, createdAt: 1_790_000_000, usedAt: undefined }],
        identities: [{ provider: 'x', name: HOSTILE, subject: '1', label: HOSTILE, usedAt: 1_790_000_000 }],
      },
      words,
    ),
    connections: PAGES.connections(CONNECTIONS, words),
    'connections-part': PAGES.connections(
      { ...CONNECTIONS, portion: { newest: '/connections', older: '/connections?from=40' } },
      words,
    ),
    'connections-empty': PAGES.connections({ ...CONNECTIONS, done: 'disconnect-all', connections: [] }, words),
    'connections-hostile': PAGES.connections(
      {
        ...CONNECTIONS,
        email: `${HOSTILE}@acme.example`,
        connections: CONNECTIONS.connections.map((connection) => ({
          ...connection,
          client: { ...connection.client, claimedName: HOSTILE },
          resource: { uri: `${ISSUER}/${'x'.repeat(200)}`, name: HOSTILE },
          scopes: [0, 1].map((i) => ({ name: HOSTILE, description: HOSTILE, tools: [], field: `keep ${i}` })),
        })),
      },
      words,
    ),
  }
}
