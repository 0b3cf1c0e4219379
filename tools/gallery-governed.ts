// What operators govern, for the gallery, with hostile words where strangers have a say.
import type { Frame } from '../packages/doorward/src/console/admin/frame.ts'
import type { GrantLine } from '../packages/doorward/src/console/admin/grant-table.ts'
import { ADMIN_PAGES } from '../packages/doorward/src/console/admin/pages/index.ts'
import type { Page } from '../packages/doorward/src/console/views.ts'
import type { Words } from '../packages/doorward/src/console/words/words.ts'

const MCP = 'https://door.acme.example/docs/mcp'
const NOON = 1_795_262_400
const HOSTILE = `${'X'.repeat(60)}<img src=x onerror=alert(1)>\u202e\u2066${'Y'.repeat(90)}`
const GRANT: GrantLine = {
  id: '019ab2c3d4e5f60718293a4b5c6d7e8f',
  userId: 'dwu_ada',
  clientId: 'dwc_codex',
  resource: MCP,
  scope: 'docs:read docs:write',
  openedAt: NOON - 86_400,
  rotatedAt: NOON - 600,
  expiresAt: NOON + 30 * 86_400,
  senderKey: 'x',
  person: 'ada@acme.example',
  application: 'Codex',
  isLive: true,
}
const HOSTILE_GRANT: GrantLine = { ...GRANT, application: HOSTILE, person: HOSTILE, resource: HOSTILE, isLive: false }
const PERSON = {
  id: 'dwu_ada',
  email: 'ada@acme.example',
  operator: true,
  groups: ['staff', 'okta/dev'],
  createdAt: NOON,
}
const ALLOWED = { verdict: 'allow', rule: 'zero-touch: claimed, on this computer' } as const
const REFUSED = { verdict: 'refuse', rule: 'deny redirectHost evil.example' } as const
const BY_ASSURANCE = {
  operator: 'allow',
  user: 'allow',
  statement: 'allow',
  domain: 'allow',
  invited: 'allow',
  claimed: 'ask',
} as const

/** Pages of the console by name. */
export function governedGallery(words: Words, plain: Frame): Readonly<Record<string, Page>> {
  const at = (current: Frame['current']): Frame => ({ ...plain, current })
  return {
    'admin-clients': ADMIN_PAGES.clients(
      {
        frame: at('clients'),
        filter: { text: 'c' },
        clients: [
          {
            id: 'https://claude.ai/x',
            name: 'Claude',
            assurance: 'domain',
            state: 'admitted',
            createdAt: NOON,
            usedAt: NOON,
          },
          { id: 'dwc_evil', name: HOSTILE, assurance: 'claimed', state: 'blocked', createdAt: NOON, usedAt: undefined },
        ],
        next: 'more',
      },
      words,
    ),
    'admin-client': ADMIN_PAGES.client(
      {
        frame: at('clients'),
        client: { id: 'dwc_codex', assurance: 'claimed', claimedName: 'Codex' },
        state: 'waiting',
        metadata: { client_name: HOSTILE, redirect_uris: ['http://127.0.0.1/callback'], contacts: [HOSTILE] },
        times: [{ name: 'asked', at: NOON, by: 'bob@acme.example' }],
        createdAt: NOON,
        usedAt: undefined,
        owner: undefined,
        vouchedBy: undefined,
        grants: [GRANT, HOSTILE_GRANT],
        attempts: [],
      },
      words,
    ),
    'admin-rules': ADMIN_PAGES.rules(
      {
        frame: at('rules'),
        rules: [
          { effect: 'allow', rule: { domain: 'claude.ai' }, note: '' },
          {
            id: '1',
            effect: 'deny',
            rule: { redirectHost: 'evil.example' },
            note: HOSTILE,
            createdAt: NOON,
            createdBy: 'dwu_ada',
          },
        ],
        given: { effect: 'deny', kind: 'redirectHost', value: 'evil.example' },
        preview: {
          since: (NOON - 7 * 86_400) * 1000,
          clients: 41,
          attempts: 312,
          changes: [
            {
              client: 'dwc_evil',
              name: HOSTILE,
              assurance: 'claimed',
              before: ALLOWED,
              after: REFUSED,
              attempts: 7,
              grants: 2,
            },
          ],
          changedClients: 1,
          changedAttempts: 7,
          endedGrants: 2,
        },
      },
      words,
    ),
    'admin-grants': ADMIN_PAGES.grants(
      { frame: at('grants'), filter: {}, grants: [GRANT, HOSTILE_GRANT], next: undefined },
      words,
    ),
    'admin-people': ADMIN_PAGES.people(
      {
        frame: at('people'),
        text: undefined,
        people: [
          PERSON,
          { ...PERSON, id: 'dwu_eve', email: HOSTILE, operator: false, groups: [HOSTILE], disabledAt: NOON },
        ],
        next: undefined,
      },
      words,
    ),
    'admin-person': ADMIN_PAGES.person({ frame: at('people'), person: PERSON, grants: [GRANT] }, words),
    'admin-person-stale': ADMIN_PAGES.person(
      {
        frame: {
          ...at('people'),
          returned: {
            key: 'person-groups',
            sent: { groups: 'board' },
            status: 409,
            problem: {
              field: 'groups',
              text: words.adminForms.reasons.admin_groups_changed,
              exactly: `Somebody else has added '${HOSTILE}' meanwhile`,
            },
          },
        },
        person: PERSON,
        grants: [],
        signsInAt: HOSTILE,
      },
      words,
    ),
    'admin-people-wrong': ADMIN_PAGES.people(
      {
        frame: {
          ...at('people'),
          returned: {
            key: 'person-added',
            sent: { email: 'ada at acme', operator: 'yes' },
            status: 400,
            problem: {
              field: 'email',
              text: words.adminForms.fields['person-added email'],
              exactly: "'ada at acme' is not an e-mail address; give one like ada@example.com.",
            },
          },
        },
        text: undefined,
        people: [PERSON],
        next: undefined,
      },
      words,
    ),
    'admin-invites-again': ADMIN_PAGES.invites(
      {
        frame: {
          ...at('invites'),
          returned: { key: 'invite-created', sent: { note: HOSTILE, uses: '3', days: '5' }, status: 200 },
        },
        now: NOON,
        invites: [],
      },
      words,
    ),
    'admin-invites': ADMIN_PAGES.invites(
      {
        frame: at('invites'),
        now: NOON,
        invites: [
          {
            id: '019ab2c3d4e5f60718293a4b5c6d7e8f',
            note: HOSTILE,
            uses: 1,
            mostUses: 5,
            redirectHosts: ['client.example'],
            createdAt: NOON,
            expiresAt: NOON + 86_400,
          },
        ],
      },
      words,
    ),
    'admin-made': ADMIN_PAGES.made(
      { frame: at('invites'), made: { kind: 'invite', id: '019ab2c3', secret: 'dwi_secret' }, back: '/admin/invites' },
      words,
    ),
    'admin-sure': ADMIN_PAGES.sure(
      {
        frame: at('clients'),
        key: 'client-removed',
        action: '/sent',
        fields: { id: HOSTILE },
        back: '/admin/clients',
      },
      words,
    ),
    'admin-server': ADMIN_PAGES.server(
      {
        frame: at('server'),
        resources: [
          {
            uri: MCP,
            name: 'Docs',
            scopes: {
              'docs:read': { description: 'Read the pages that you can read', tools: ['read-page'] },
              'docs:write': { description: 'Write and change pages', includes: ['docs:read'] },
            },
            defaultScopes: ['docs:read'],
          },
        ],
        policy: {
          preset: 'guarded',
          byAssurance: BY_ASSURANCE,
          claimedRedirects: 'any',
          senderConstraint: 'optional',
          senderConstraintFor: [],
          pushedRequests: 'optional',
          deviceAuthorization: 'allow',
          refreshRotation: 'everybody',
          neverScopes: {},
          presets: [{ preset: 'guarded', byAssurance: BY_ASSURANCE }],
        },
        keys: [
          { kid: 'old', alg: 'ES256', createdAt: NOON - 90 * 86_400, use: 'verifies' },
          { kid: 'now', alg: 'ES256', createdAt: NOON, use: 'signs' },
        ],
        issuers: [{ issuer: 'https://vendor.example', redirectHosts: ['vendor.example'] }],
      },
      words,
    ),
    'admin-events': ADMIN_PAGES.events(
      {
        frame: at('events'),
        filter: { outcome: 'refused' },
        events: [
          {
            id: 2,
            at: NOON * 1000,
            type: 'token.refused',
            outcome: 'refused',
            reason: 'pkce_mismatch',
            client: HOSTILE,
            network: '203.0.113.0/24',
            correlation: '4EP9JRF07F',
            detail: { what: HOSTILE },
          },
          {
            id: 1,
            at: NOON * 1000,
            type: 'consent.given',
            outcome: 'allowed',
            reason: 'person_agreed',
            actor: 'dwu_ada',
          },
        ],
        next: 1,
      },
      words,
    ),
  }
}
