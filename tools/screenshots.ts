// Draws the pages for the documentation: node --conditions=doorward-source tools/screenshots.ts
// With --serve it shows every page, also in its extremes, at http://127.0.0.1:PORT/ (a free one without DOORWARD_PORT).
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { launchChromium } from '../conformance/person.ts'
import { SITUATIONS } from '../packages/core/src/oauth/reasons/index.ts'
import { snippetsFor } from '../packages/doorward/src/cli/snippets.ts'
import { html } from '../packages/doorward/src/console/html.ts'
import { page } from '../packages/doorward/src/console/layout.ts'
import { PAGES } from '../packages/doorward/src/console/pages/index.ts'
import { formActionFor, send } from '../packages/doorward/src/console/send.ts'
import type {
  ClientView,
  ConsentView,
  DestinationView,
  OwnSignInView,
  Page,
} from '../packages/doorward/src/console/views.ts'
import { wordsFor } from '../packages/doorward/src/console/words/words.ts'

const ISSUER = 'https://door.acme.example'
const CORRELATION = '0CMZT3XQA5'
const DOCS = { uri: `${ISSUER}/docs/mcp`, name: 'Acme Docs' }
const TICKETS = { uri: `${ISSUER}/tickets/mcp`, name: 'Acme Tickets' }
const EDITOR: ClientView = { id: 'dwc_1', assurance: 'claimed', claimedName: 'Claude Code' }
const HOSTILE = `${'X'.repeat(60)}<img src=x onerror=alert(1)>\u202e\u2066${'Y'.repeat(90)}${'\u0301'.repeat(40)}`
const LOOPBACK: DestinationView = { kind: 'loopback', shown: 'http://127.0.0.1:33418' }
const CURSOR: DestinationView = { kind: 'private-use', shown: 'cursor://anysphere.cursor-mcp' }
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
  title: 'This did not work',
  cause: 'The request names http://localhost:3000/callback, and the client has registered http://localhost:3000/cb.',
  mend: 'Register the address that the application uses, or correct it there. Then connect again.',
  code: 'invalid_request',
  reason: 'redirect_uri_not_registered',
  help: '/errors#redirect_uri_not_registered',
  correlation: CORRELATION,
}

const WORDS = wordsFor({ headers: new Headers() })
/** Every page, in the first language. */
const drawn = Object.fromEntries(
  Object.entries(PAGES).map(([name, draw]) => [name, (view: never) => draw(view, WORDS)]),
) as { [Name in keyof typeof PAGES]: (view: Parameters<(typeof PAGES)[Name]>[0]) => Page }

const GALLERY: Readonly<Record<string, Page>> = {
  'sign-in': drawn.signIn({ ...SIGN_IN, client: EDITOR, resource: DOCS }),
  'sign-in-plain': drawn.signIn(SIGN_IN),
  'sign-in-ways': drawn.signIn({
    ...SIGN_IN,
    client: EDITOR,
    resource: DOCS,
    step: 'email',
    passkey: PASSKEY,
    providers: [
      { action: '/sent', name: 'Acme' },
      { action: '/sent', name: 'GitHub' },
    ],
  }),
  'sign-in-again': drawn.signIn({
    ...SIGN_IN,
    step: 'password',
    email: 'ada@acme.example',
    why: 'link',
    passkey: PASSKEY,
  }),
  'going-on': drawn.goingOn({ href: '/sent', name: 'Acme', correlation: CORRELATION }),
  'link-account': drawn.linkAccount({
    action: '/sent',
    request: 'sealed',
    link: 'link',
    email: 'ada@acme.example',
    provider: 'GitHub',
    label: 'ada-l',
    correlation: CORRELATION,
  }),
  'own-sign-in': drawn.ownSignIn(OWN_SIGN_IN),
  'own-sign-in-old': drawn.ownSignIn({ ...OWN_SIGN_IN, isFresh: false, newPasskey: undefined }),
  'own-sign-in-hostile': drawn.ownSignIn({
    ...OWN_SIGN_IN,
    problem: WORDS.ways.problems.last_way,
    email: `${HOSTILE}@acme.example`,
    passkeys: [{ id: 'p', name: HOSTILE, createdAt: 1_790_000_000, usedAt: undefined }],
    identities: [{ provider: 'x', name: HOSTILE, subject: '1', label: HOSTILE, usedAt: 1_790_000_000 }],
  }),
  'sign-in-refused': drawn.signIn({
    ...SIGN_IN,
    email: 'ada@acme.example',
    problem: 'That e-mail address and password do not belong together. Check both and try again.',
    client: { ...EDITOR, assurance: 'operator' },
    resource: DOCS,
  }),
  consent: drawn.consent(CONSENT),
  'consent-more': drawn.consent({
    ...CONSENT,
    scopes: [{ name: 'docs:write', description: 'Write and change pages', tools: ['create-page', 'update-page'] }],
    kept: [
      { name: 'docs:read', description: 'Read the pages that you can read', tools: TOOLS.slice(0, 3) },
      { name: 'offline_access', description: 'Stay connected until you disconnect it', tools: [] },
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
      { name: 'offline_access', description: 'Stay connected until you disconnect it', tools: [] },
    ],
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
    title: HOSTILE,
    cause: HOSTILE,
    mend: HOSTILE,
    code: HOSTILE,
  }),
  errors: drawn.errors({ situations: SITUATIONS }),
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
    action: '/sent',
    request: 'sealed',
    clients: [{ id: 'dwp_x', name: 'My script', redirectUris: ['http://localhost:3118/callback'] }],
    made: { id: 'dwp_x', secret: 'dws_secret' },
  }),
  device: drawn.device(DEVICE),
  'device-wrong': drawn.device({
    ...DEVICE,
    status: 400,
    problem: 'No device waits with this code. Compare it with your device; after ten minutes it shows another one.',
  }),
  'consent-device': drawn.consent({
    ...CONSENT,
    client: { ...EDITOR, claimedName: 'Build agent' },
    destination: { kind: 'device', shown: 'WDJB-MJHT', network: '198.51.100.0/24', isHere: false, secondsAgo: 70 },
  }),
  'device-approved': drawn.deviceAnswered('approved'),
  'device-denied': drawn.deviceAnswered('denied'),
  'approval-ask': drawn.approval(APPROVAL),
  'approval-waiting': drawn.approval({ ...APPROVAL, isAsked: true }),
}

/** The pages with the very headers of the product. What a form sends comes back as text, or goes to the application. */
async function gallery(port: number) {
  const list = page({
    words: WORDS,
    title: 'Gallery',
    main: html`<h1>Gallery</h1><ul>${Object.keys(GALLERY).map((name) => html`<li><a href="/${name}">${name}</a></li>`)}</ul>`,
  })
  const server = createServer(async (request, response) => {
    const name = (request.url ?? '/').slice(1)
    if (request.method === 'POST') {
      const body = (await request.toArray()).join('')
      const toApplication = name === 'to-application'
      response.writeHead(toApplication ? 303 : 200, {
        'content-type': 'text/plain',
        ...(toApplication ? { location: `${CURSOR.shown}/cb?code=1` } : {}),
      })
      return response.end(body)
    }
    const shown = name === '' ? list : GALLERY[name]
    if (shown === undefined) return response.writeHead(404).end()
    const formAction = name === 'consent-private-use' ? formActionFor({ ...CURSOR, uri: CURSOR.shown }) : "'self'"
    const sent = send(shown, { formAction })
    response.writeHead(sent.status, [...sent.headers].flat()).end(await sent.text())
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

const LOOKS = [
  ['', 'light', 640],
  ['-dark', 'dark', 640],
  ['-phone', 'light', 390],
] as const

async function draw(): Promise<void> {
  const folder = new URL('../docs/images/', import.meta.url).pathname
  mkdirSync(folder, { recursive: true })
  const { url, close } = await gallery(0)
  const browser = await launchChromium()
  for (const [suffix, colorScheme, narrow] of LOOKS) {
    const context = await browser.newContext({ colorScheme, deviceScaleFactor: 1.5 })
    const tab = await context.newPage()
    for (const name of [
      'sign-in',
      'sign-in-ways',
      'own-sign-in',
      'link-account',
      'consent',
      'consent-more',
      'consent-details',
      'device',
      'consent-device',
      'approval-waiting',
      'problem',
      'home',
    ]) {
      await tab.setViewportSize({ width: name === 'home' && narrow === 640 ? 860 : narrow, height: 480 })
      await tab.goto(`${url}${name}`)
      // No cursor blinks in a picture.
      await tab.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      await tab.screenshot({ path: `${folder}${name}${suffix}.png`, fullPage: true })
    }
    await context.close()
  }
  await browser.close()
  close()
}

if (process.argv.includes('--serve')) {
  process.stdout.write(`${(await gallery(Number(process.env.DOORWARD_PORT ?? 0))).url}\n`)
} else await draw()
