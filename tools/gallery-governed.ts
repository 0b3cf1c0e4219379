// What operators govern, for the gallery.
import type { Frame } from '../packages/doorward/src/console/admin/frame.ts'
import type { GrantLine } from '../packages/doorward/src/console/admin/grant-table.ts'
import { ADMIN_PAGES } from '../packages/doorward/src/console/admin/pages/index.ts'
import type { Page } from '../packages/doorward/src/console/views.ts'
import type { Words } from '../packages/doorward/src/console/words/words.ts'
import { NOON, PERSON, returnedForms } from './gallery-returned.ts'

const MCP = 'https://door.acme.example/docs/mcp'
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

/** Pages of the console by name: as a company has them, and where strangers have a say in their words, with hostile ones. */
export function governedGallery(words: Words, plain: Frame): Readonly<Record<string, Page>> {
  const pages = pagesIn(words, plain, (text) => text)
  const hostile = Object.entries(pagesIn(words, plain, () => HOSTILE))
  const changed = hostile.filter(([name, { bytes }]) => pages[name]?.bytes.equals(bytes) !== true)
  return { ...pages, ...Object.fromEntries(changed.map(([name, page]) => [`${name}-hostile`, page])) }
}

/** @param say what stands where strangers have a say, from what they would say if they meant well */
function pagesIn(words: Words, plain: Frame, say: (text: string) => string): Readonly<Record<string, Page>> {
  const other: GrantLine = {
    ...GRANT,
    application: say('Zed'),
    person: say('bob@acme.example'),
    resource: say('https://door.acme.example/tickets/mcp'),
    isLive: false,
  }
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
          {
            id: 'dwc_evil',
            name: say('Claude Desktop'),
            assurance: 'claimed',
            state: 'blocked',
            createdAt: NOON,
            usedAt: undefined,
          },
        ],
        next: 'more',
      },
      words,
    ),
    'admin-client': ADMIN_PAGES.client(
      {
        frame: at('clients'),
        client: { id: 'dwc_codex', assurance: 'claimed', claimedName: 'Codex' },
        digest: 'd',
        state: 'waiting',
        hasOwnSecret: false,
        metadata: {
          client_name: say('Codex'),
          redirect_uris: ['http://127.0.0.1/callback'],
          contacts: [say('codex@vendor.example')],
        },
        times: [{ name: 'asked', at: NOON, by: 'bob@acme.example' }],
        createdAt: NOON,
        usedAt: undefined,
        owner: undefined,
        vouchedBy: undefined,
        grants: [GRANT, other],
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
            note: say('Phishing, ticket 4711'),
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
              name: say('Claude Desktop'),
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
      { frame: at('grants'), filter: {}, grants: [GRANT, other], next: undefined },
      words,
    ),
    'admin-people': ADMIN_PAGES.people(
      {
        frame: at('people'),
        text: undefined,
        people: [
          PERSON,
          {
            ...PERSON,
            id: 'dwu_eve',
            email: say('eve@acme.example'),
            operator: false,
            groups: [say('sales')],
            disabledAt: NOON,
          },
        ],
        next: undefined,
      },
      words,
    ),
    'admin-person': ADMIN_PAGES.person({ frame: at('people'), person: PERSON, grants: [GRANT] }, words),
    ...returnedForms(words, at, say),
    'admin-invites': ADMIN_PAGES.invites(
      {
        frame: at('invites'),
        now: NOON,
        invites: [
          {
            id: '019ab2c3d4e5f60718293a4b5c6d7e8f',
            note: say('For the build agents'),
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
        fields: { id: say('dwc_evil') },
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
          clientAuthentication: 'any',
          pushedRequests: 'optional',
          deviceAuthorization: 'allow',
          answersByHand: 'allow',
          refreshRotation: 'everybody',
          refreshRepeatSeconds: 30,
          assertionAudience: 'issuer-or-token-endpoint',
          signatures: 'deployed',
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
            client: say('dwc_codex'),
            network: '203.0.113.0/24',
            correlation: '4EP9JRF07F',
            detail: { what: say('code_verifier does not match the code_challenge of the authorization request') },
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
