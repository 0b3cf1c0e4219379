// The pages of operators for the gallery, with what a week at a small company leaves behind.
import type { Attempt } from '../packages/doorward/src/authority/trace/attempt.ts'
import { attemptsOf } from '../packages/doorward/src/authority/trace/attempts.ts'
import type { StoredEvent } from '../packages/doorward/src/authority/trace/find-trace.ts'
import type { Counted } from '../packages/doorward/src/console/admin/chart.ts'
import type { Frame } from '../packages/doorward/src/console/admin/frame.ts'
import { ADMIN_PAGES } from '../packages/doorward/src/console/admin/pages/index.ts'
import type { Page } from '../packages/doorward/src/console/views.ts'
import type { Words } from '../packages/doorward/src/console/words/words.ts'

import { governedGallery } from './gallery-governed.ts'

const ISSUER = 'https://door.acme.example'
const MCP = `${ISSUER}/docs/mcp`
const DAY = 86_400_000
const TODAY = Date.UTC(2026, 10, 21)
const NOON = TODAY + DAY / 2
const DAYS = 14

const FRAME: Frame = {
  base: '/admin',
  current: 'overview',
  email: 'ada@acme.example',
  signOut: '/sent',
  request: 'sealed',
  waiting: 1,
}

type Told = Partial<StoredEvent> & { readonly type: StoredEvent['type'] }

function attemptOf(at: number, told: readonly Told[]): Attempt {
  const events = told.map((event, i) => ({
    id: i + 1,
    at: at + i * 1700,
    outcome: /refused|denied/.test(event.type) ? ('refused' as const) : ('allowed' as const),
    reason: 'found',
    network: '203.0.113.0/24',
    ...event,
  }))
  const [attempt] = attemptsOf(events, NOON)
  if (attempt === undefined) throw new Error('these events are no attempt')
  return attempt
}

function beginning(client: string): readonly Told[] {
  return [
    { type: 'access.refused', reason: 'no_credentials', resource: MCP },
    { type: 'metadata.read', detail: { document: 'resource' } },
    { type: 'metadata.read', detail: { document: 'server' } },
    { type: 'client.registered', reason: 'open_registration', client },
  ]
}

function flow(client: string, correlation: string): readonly Told[] {
  const base = { client, correlation, resource: MCP, grant: `${correlation}-grant` }
  return [
    ...beginning(client),
    { ...base, type: 'authorization.requested', reason: 'checks_passed' },
    { type: 'sign-in.succeeded', reason: 'password', correlation, actor: 'dwu_ada' },
    { ...base, type: 'consent.given', reason: 'person_agreed', actor: 'dwu_ada' },
  ]
}

const what = 'code_verifier does not match the code_challenge of the authorization request'
const FAILED = attemptOf(NOON - 3_600_000, [
  ...flow('dwc_codex', '4EP9JRF07F'),
  {
    type: 'token.refused',
    reason: 'pkce_mismatch',
    client: 'dwc_codex',
    correlation: 'XN8HXNGEJH',
    detail: { flow: '4EP9JRF07F', what },
  },
])
const SILENT = attemptOf(NOON - 7_200_000, flow('dwc_zed', '7Q2M0ZB4TK'))
const BROKEN = attemptOf(NOON - 9_000_000, [
  ...beginning('dwc_cursor'),
  {
    type: 'authorization.refused',
    reason: 'redirect_uri_not_registered',
    client: 'dwc_cursor',
    correlation: 'PSWKJ1ZCGY',
    detail: { what: 'redirect_uri is not registered' },
  },
])
const NAMES = new Map([
  ['dwc_codex', 'Codex'],
  ['dwc_zed', 'Zed'],
  ['dwc_cursor', 'Cursor'],
])

function counted(lines: Readonly<Record<string, readonly number[]>>): Counted {
  const from = TODAY - (DAYS - 1) * DAY
  const counts = Object.entries(lines).flatMap(([key, values]) =>
    values.map((count, i) => ({ at: from + i * DAY, key, count })),
  )
  return { from, step: DAY, steps: DAYS, counts }
}

/** Pages of the console by name. */
export function adminGallery(words: Words): Readonly<Record<string, Page>> {
  return {
    'admin-overview': ADMIN_PAGES.overview(
      {
        frame: FRAME,
        registrations: counted({ 'client.registered': [1, 0, 2, 3, 1, 0, 0, 2, 4, 3, 5, 2, 1, 3] }),
        grants: counted({ 'consent.given': [3, 1, 4, 6, 5, 0, 1, 7, 8, 6, 9, 7, 2, 6] }),
        refusals: counted({
          redirect_uri_not_registered: [0, 0, 1, 0, 2, 0, 0, 4, 3, 0, 1, 0, 0, 2],
          pkce_mismatch: [0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1],
          person_declined: [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0],
        }),
        failed: [FAILED, SILENT, BROKEN],
        failedCount: 3,
        names: NAMES,
      },
      words,
    ),
    'admin-trace': ADMIN_PAGES.trace(
      {
        frame: { ...FRAME, current: 'traces' },
        errors: '/errors',
        reference: FAILED.reference,
        attempt: FAILED,
        clientName: 'Codex',
        person: 'ada@acme.example',
        events: [],
      },
      words,
    ),
    'admin-traces': ADMIN_PAGES.traces(
      { frame: { ...FRAME, current: 'traces' }, attempts: [FAILED, SILENT, BROKEN], names: NAMES },
      words,
    ),
    'admin-approvals': ADMIN_PAGES.approvals(
      {
        frame: { ...FRAME, current: 'approvals' },
        waiting: [
          {
            client: {
              id: 'dwc_F7YWj0cD4iMxRTdQqW9M5U',
              assurance: 'claimed',
              claimedName: 'Claude',
              resembles: { name: 'Claude', by: 'name' },
            },
            digest: 'd',
            redirectUris: ['https://claude-login.example/cb'],
            askedAt: NOON / 1000 - 900,
            askedBy: 'bob@acme.example',
          },
        ],
      },
      words,
    ),
    ...governedGallery(words, FRAME),
    'admin-nothing': ADMIN_PAGES.traces(
      { frame: { ...FRAME, current: 'traces' }, attempts: [], names: new Map() },
      words,
    ),
  }
}
