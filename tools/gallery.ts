import { SITUATIONS } from '../packages/core/src/oauth/reasons/index.ts'
import { snippetsFor } from '../packages/doorward/src/cli/snippets.ts'
import { reasonView } from '../packages/doorward/src/console/errors-routes.ts'
import { PAGES } from '../packages/doorward/src/console/pages/index.ts'
import type { ReasonView } from '../packages/doorward/src/console/problem-views.ts'
import type { ClientView, ConsentView, Page, RedirectView } from '../packages/doorward/src/console/views.ts'
import type { Words } from '../packages/doorward/src/console/words/words.ts'
import { accountGallery } from './gallery-account.ts'
import { adminGallery } from './gallery-admin.ts'

const ISSUER = 'https://door.acme.example'
const CORRELATION = '0CMZT3XQA5'
const DOCS = { uri: `${ISSUER}/docs/mcp`, name: 'Acme Docs' }
const TICKETS = { uri: `${ISSUER}/tickets/mcp`, name: 'Acme Tickets' }
const EDITOR: ClientView = { id: 'dwc_1', assurance: 'claimed', claimedName: 'Claude Code' }
const HOSTILE = `${'X'.repeat(60)}<img src=x onerror=alert(1)>\u202e\u2066${'Y'.repeat(90)}${'\u0301'.repeat(40)}`
const LOOPBACK: RedirectView = { kind: 'loopback', shown: 'http://127.0.0.1:33418' }
export const CURSOR: RedirectView = { kind: 'private-use', shown: 'cursor://anysphere.cursor-mcp' }
const TOOLS = [
  'list-pages',
  'read-page',
  'search',
  'list-spaces',
  'read-space',
  'list-people',
  'read-comments',
  'export',
]

const SIGN_IN = { action: '/sent', request: 'sealed', correlation: CORRELATION }
const CONSENT: ConsentView = {
  action: '/sent',
  request: 'sealed',
  switchAccount: '/sign-in',
  email: 'ada@acme.example',
  client: EDITOR,
  destination: LOOPBACK,
  resource: DOCS,
  scopes: [
    { name: 'docs:read', description: 'Read the pages that you can read', tools: TOOLS.slice(0, 3) },
    { name: 'docs:write', description: 'Write and change pages', tools: ['create-page', 'update-page'] },
  ],
  kept: [],
  details: [],
  days: [1, 7, 30, 90],
  mayCarry: true,
  isEmpty: false,
  idleDays: 30,
  accessMinutes: 10,
  admits: false,
  correlation: CORRELATION,
}
const APPROVAL = {
  action: '/sent',
  request: 'sealed',
  switchAccount: '/sign-in',
  email: 'ada@acme.example',
  client: EDITOR,
  destination: LOOPBACK,
  resource: DOCS,
  isAsked: false,
  again: '/approval-waiting',
  state: '/approval-state',
  correlation: CORRELATION,
}
const DEVICE = {
  action: '/sent',
  request: 'sealed',
  email: 'ada@acme.example',
  switchAccount: '/sign-in',
  userCode: 'WDJB-MJHT',
  correlation: CORRELATION,
}
const HOME = {
  issuer: ISSUER,
  resources: [DOCS, TICKETS],
  snippets: snippetsFor('acme-docs', DOCS.uri),
  signIn: '/sign-in',
  ownClients: '/own-clients',
  device: '/device',
}
const PROBLEM = {
  status: 400,
  situation: 'page' as const,
  cause: 'The request names http://localhost:3000/callback, and the client has registered http://localhost:3000/cb.',
  mend: 'Register the address that the application uses, or correct it there. Then connect again.',
  code: 'invalid_request',
  reason: 'redirect_uri_not_registered' as const,
  help: '/errors/redirect_uri_not_registered',
  correlation: CORRELATION,
}

/** Every page in one language, also in its extremes. */
export function gallery(words: Words): Readonly<Record<string, Page>> {
  const drawn = Object.fromEntries(
    Object.entries(PAGES).map(([name, draw]) => [name, (view: never) => draw(view, words)]),
  ) as { [Name in keyof typeof PAGES]: (view: Parameters<(typeof PAGES)[Name]>[0]) => Page }
  return {
    'sign-in': drawn.signIn({ ...SIGN_IN, client: EDITOR, resource: DOCS }),
    'sign-in-plain': drawn.signIn(SIGN_IN),
    'sign-in-refused': drawn.signIn({
      ...SIGN_IN,
      email: 'ada@acme.example',
      problem: words.signIn.wrong,
      client: { ...EDITOR, assurance: 'operator' },
      resource: DOCS,
    }),
    consent: drawn.consent(CONSENT),
    'consent-accounts': drawn.consent({
      ...CONSENT,
      choose: '/sent',
      others: [
        { email: 'ada@home.example', account: 'a', isCurrent: false },
        { email: `${HOSTILE}@acme.example`, account: 'b', isCurrent: false },
      ],
    }),
    'consent-more': drawn.consent({
      ...CONSENT,
      scopes: [{ name: 'docs:write', description: 'Write and change pages', tools: ['create-page', 'update-page'] }],
      kept: [
        { name: 'docs:read', description: 'Read the pages that you can read', tools: TOOLS.slice(0, 3) },
        { name: 'offline_access', description: words.consent.offline, tools: [] },
      ],
    }),
    'consent-more-hostile': drawn.consent({
      ...CONSENT,
      scopes: [{ name: HOSTILE, description: HOSTILE, tools: [HOSTILE, ...TOOLS] }],
      kept: Array.from({ length: 12 }, () => ({ name: HOSTILE, description: HOSTILE, tools: TOOLS })),
    }),
    'consent-operator': drawn.consent({
      ...CONSENT,
      client: { id: 'dwo_1', assurance: 'operator', claimedName: 'Acme Assistant' },
      destination: { kind: 'https', shown: 'https://assistant.acme.example' },
      scopes: [
        { name: 'docs:read', description: 'Read the pages that you can read', tools: TOOLS },
        { name: 'offline_access', description: words.consent.offline, tools: [] },
      ],
    }),
    'consent-groups': drawn.consent({
      ...CONSENT,
      scopes: CONSENT.scopes.slice(0, 1),
      unavailable: CONSENT.scopes.slice(1),
    }),
    'consent-pick': drawn.consent({
      ...CONSENT,
      scopes: CONSENT.scopes.map((scope, i) => ({ ...scope, pick: i === 0 ? ('read' as const) : ('write' as const) })),
    }),
    'consent-pick-empty': drawn.consent({
      ...CONSENT,
      isEmpty: true,
      scopes: [HOSTILE, ...TOOLS].map((name) => ({ name, description: name, tools: TOOLS, pick: 'write' as const })),
    }),
    answer: drawn.answer({
      url: `http://127.0.0.1:33418/callback?code=${'Zk3v'.repeat(40)}&state=af0ifjsldkj&iss=${encodeURIComponent(ISSUER)}`,
      seconds: 300,
      correlation: CORRELATION,
    }),
    'consent-private-use': drawn.consent({
      ...CONSENT,
      client: { ...EDITOR, claimedName: 'Cursor' },
      destination: CURSOR,
      action: '/to-application',
    }),
    'consent-bare': drawn.consent({ ...CONSENT, client: { id: 'dwc_2', assurance: 'claimed' }, scopes: [] }),
    'consent-hostile': drawn.consent({
      ...CONSENT,
      client: { ...EDITOR, claimedName: HOSTILE },
      resource: { uri: `${ISSUER}/${'x'.repeat(200)}`, name: `A${HOSTILE}` },
      scopes: [{ name: HOSTILE, description: HOSTILE, tools: [HOSTILE, ...TOOLS] }],
      email: `${HOSTILE}@acme.example`,
      details: [{ description: HOSTILE, facts: [{ label: HOSTILE, values: [HOSTILE, HOSTILE] }] }],
    }),
    'consent-details': drawn.consent({
      ...CONSENT,
      scopes: [{ name: 'payments', description: 'See your payments', tools: [] }],
      resource: { uri: `${ISSUER}/bank/mcp`, name: 'Acme Bank' },
      details: [
        {
          description: 'Make a payment from your account',
          facts: [
            { label: 'Amount', values: ['123.50'] },
            { label: 'Currency', values: ['EUR'] },
            { label: 'To', values: ['Merchant A'] },
            { label: 'Their account', values: ['DE02100100109307118603'] },
            { label: 'Reference', values: ['Ref Number Merchant'] },
          ],
        },
        {
          description: 'Look at an account',
          facts: [
            { label: 'It may', values: ['list_accounts', 'read_balances', 'read_transactions'] },
            { label: 'At weekends', values: ['No'] },
          ],
        },
      ],
    }),
    'resource-choice': drawn.resourceChoice({
      action: '/sent',
      choices: [DOCS, TICKETS].map((resource) => ({ href: '/consent', resource })),
      correlation: CORRELATION,
    }),
    problem: drawn.problem(PROBLEM),
    'problem-hostile': drawn.problem({
      ...PROBLEM,
      status: 404,
      next: { href: '/', place: HOSTILE },
      cause: HOSTILE,
      mend: HOSTILE,
      code: HOSTILE,
    }),
    errors: drawn.errors({ action: '/errors', situations: SITUATIONS }),
    reason: drawn.reason(reasonView('/errors', 'redirect_uri_not_registered') as ReasonView),
    home: drawn.home({ ...HOME, email: 'ada@acme.example', signOut: { action: '/sent', request: 'sealed' } }),
    'home-stranger': drawn.home({ ...HOME, resources: [], snippets: [] }),
    'consent-domain': drawn.consent({
      ...CONSENT,
      client: { id: 'https://claude.ai/x', assurance: 'domain', vouchedBy: 'claude.ai', claimedName: 'Claude' },
      destination: { kind: 'https', shown: 'https://claude.ai' },
    }),
    'consent-impostor': drawn.consent({
      ...CONSENT,
      client: { ...EDITOR, claimedName: 'Cl\u0430ude', resembles: { name: 'Claude', by: 'name' } },
      destination: { kind: 'https', shown: 'https://claude-login.example' },
      admits: true,
    }),
    'own-clients': drawn.ownClients({
      issuer: ISSUER,
      action: '/sent',
      request: 'sealed',
      clients: [{ id: 'dwp_x', name: 'My script', redirectUris: ['http://localhost:3118/callback'], hasSecret: true }],
      made: { id: 'dwp_x', secret: 'dws_secret' },
    }),
    'own-clients-refused': drawn.ownClients({
      issuer: ISSUER,
      action: '/sent',
      request: 'sealed',
      clients: [],
      problem: {
        reason: 'redirect_uri_http',
        description: "The redirect URI 'http://example.com/cb' uses http, which is for this computer only.",
      },
      name: 'My script',
      redirectUris: 'http://example.com/cb',
      wantsSecret: true,
    }),
    'problem-nothing': drawn.problem({
      ...PROBLEM,
      situation: 'nothingHere',
      status: 404,
      cause: words.problem.nothingHere,
      mend: words.problem.startPage(`${ISSUER}/`),
      reason: 'nothing_here',
    }),
    device: drawn.device(DEVICE),
    'device-wrong': drawn.device({
      ...DEVICE,
      status: 400,
      problem: words.device.unknown,
    }),
    'consent-device': drawn.consent({
      ...CONSENT,
      client: { ...EDITOR, claimedName: 'Build agent' },
      destination: { kind: 'device', shown: 'WDJB-MJHT', network: '198.51.100.0/24', isHere: false, secondsAgo: 70 },
      mayCarry: false,
    }),
    'device-approved': drawn.deviceAnswered('approved'),
    'device-denied': drawn.deviceAnswered('denied'),
    'approval-ask': drawn.approval(APPROVAL),
    'approval-waiting': drawn.approval({ ...APPROVAL, isAsked: true }),
    ...accountGallery(words),
    ...adminGallery(words),
  }
}
