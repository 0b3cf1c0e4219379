// Which pictures the documents show: one of each page at least. The compiler misses a page that is not named here.
import type { ADMIN_PAGES } from '../packages/doorward/src/console/admin/pages/index.ts'
import type { PAGES } from '../packages/doorward/src/console/pages/index.ts'

/** By the name of a page, its pictures by their names in the gallery. */
export const SHOWN = {
  signIn: ['sign-in', 'sign-in-ways'],
  goingOn: ['going-on'],
  linkAccount: ['link-account'],
  resourceChoice: ['resource-choice'],
  consent: ['consent', 'consent-more', 'consent-pick', 'consent-details', 'consent-device'],
  approval: ['approval-waiting'],
  answer: ['answer'],
  device: ['device'],
  deviceAnswered: ['device-approved'],
  home: ['home'],
  connections: ['connections'],
  ownSignIn: ['own-sign-in'],
  ownClients: ['own-clients'],
  problem: ['problem'],
  errors: ['errors'],
  reason: ['reason'],
} as const satisfies Readonly<Record<keyof typeof PAGES, readonly [string, ...string[]]>>

/** The same of operators' pages. */
export const SHOWN_TO_OPERATORS = {
  overview: ['admin-overview'],
  traces: ['admin-traces'],
  trace: ['admin-trace'],
  approvals: ['admin-approvals'],
  clients: ['admin-clients'],
  client: ['admin-client'],
  rules: ['admin-rules'],
  grants: ['admin-grants'],
  people: ['admin-people'],
  person: ['admin-person'],
  invites: ['admin-invites'],
  made: ['admin-made'],
  sure: ['admin-sure'],
  server: ['admin-server'],
  events: ['admin-events'],
} as const satisfies Readonly<Record<keyof typeof ADMIN_PAGES, readonly [string, ...string[]]>>

export interface Look {
  /** Stands behind the name of the page. */
  readonly suffix: '' | '-dark' | '-phone'
  readonly colorScheme: 'light' | 'dark'
  /** CSS pixels, where it is not what the page needs on a desktop. */
  readonly width?: number
  /** Of which pages the documents show it; all where it is left out. */
  readonly only?: readonly string[]
}

export const LOOKS: readonly Look[] = [
  { suffix: '', colorScheme: 'light' },
  { suffix: '-dark', colorScheme: 'dark', only: ['consent', 'connections', 'admin-overview'] },
  { suffix: '-phone', colorScheme: 'light', width: 390, only: ['sign-in', 'consent', 'admin-approvals'] },
]

const NAMES = [...Object.values(SHOWN), ...Object.values(SHOWN_TO_OPERATORS)].flat()

/** Each picture of the documents: its file is called so, with `.png`. */
export const PICTURES: readonly string[] = LOOKS.flatMap(({ suffix, only }) =>
  NAMES.filter((name) => only === undefined || only.includes(name)).map((name) => `${name}${suffix}`),
)
