/** The walls of the house: who may use whom. Reads like the table in ARCHITECTURE.md; floors point down only. */
export interface Room {
  readonly name: string
  /** Folder below the repository's root. */
  readonly folder: string
  /** Rooms that it may import, besides itself. */
  readonly mayUse: readonly string[]
  /** Files that may touch clock, randomness, environment, network or output directly; `'all'` of a shell. */
  readonly impure?: 'all' | readonly string[]
  /** Has no README of its own: that of its package speaks for it, and is a page for the registry too. */
  readonly plateAbove?: boolean
}

const CORE = ['core/kernel', 'core/oauth', 'core/dpop', 'core/mtls', 'core/token', 'core/finding']

export const ROOMS: readonly Room[] = [
  { name: 'core/kernel', folder: 'packages/core/src/kernel', mayUse: [], plateAbove: true },
  // Knows certificates and no protocol.
  { name: 'core/mtls', folder: 'packages/core/src/mtls', mayUse: ['core/kernel'], plateAbove: true },
  { name: 'core/oauth', folder: 'packages/core/src/oauth', mayUse: ['core/kernel', 'core/mtls'], plateAbove: true },
  { name: 'core/dpop', folder: 'packages/core/src/dpop', mayUse: ['core/kernel', 'core/oauth'], plateAbove: true },
  { name: 'core/token', folder: 'packages/core/src/token', mayUse: ['core/kernel', 'core/oauth'], plateAbove: true },
  // Makes what the tests of every package need; never built, never shipped.
  { name: 'core/testing', folder: 'packages/core/src/testing', mayUse: [], impure: 'all', plateAbove: true },
  { name: 'core/finding', folder: 'packages/core/src/finding', mayUse: [], plateAbove: true },
  // Foreign servers hand in no context, so the clock and fetch have a default, in the one place where options are read.
  { name: 'resource', folder: 'packages/resource/src', mayUse: CORE, impure: ['resource.ts'], plateAbove: true },
  { name: 'client', folder: 'packages/client/src', mayUse: CORE, plateAbove: true },
  { name: 'doorward/store', folder: 'packages/doorward/src/store', mayUse: ['core/kernel'] },
  // Knows no authorization server: an address in, an answer out.
  { name: 'doorward/outbound', folder: 'packages/doorward/src/outbound', mayUse: ['core/kernel'], impure: 'all' },
  { name: 'doorward/authority', folder: 'packages/doorward/src/authority', mayUse: [...CORE, 'doorward/store'] },
  {
    name: 'doorward/gateway',
    folder: 'packages/doorward/src/gateway',
    mayUse: [...CORE, 'doorward/store', 'resource', 'client'],
  },
  { name: 'doorward/console', folder: 'packages/doorward/src/console', mayUse: [...CORE, 'doorward/authority'] },
  // Looks on, decides nothing, and knows of the others only what it is told.
  {
    name: 'doorward/telemetry',
    folder: 'packages/doorward/src/telemetry',
    mayUse: ['core/kernel', 'core/oauth', 'doorward/store'],
  },
  // It only reports.
  { name: 'doorward/detection', folder: 'packages/doorward/src/detection', mayUse: ['core/kernel', 'core/finding'] },
  // Our parsers are among what it judges, so it uses none of them.
  { name: 'doorward/scanner', folder: 'packages/doorward/src/scanner', mayUse: ['core/finding'] },
  // Stands for somebody else's server.
  { name: 'doorward/demo', folder: 'packages/doorward/src/demo', mayUse: ['core/kernel'] },
  {
    name: 'doorward/testing',
    folder: 'packages/doorward/src/testing',
    mayUse: [...CORE, 'doorward/store', 'doorward/outbound', 'doorward/authority'],
    impure: 'all',
  },
  {
    name: 'doorward/cli',
    folder: 'packages/doorward/src/cli',
    mayUse: [
      ...CORE,
      'resource',
      'client',
      'doorward/store',
      'doorward/outbound',
      'doorward/authority',
      'doorward/gateway',
      'doorward/console',
      'doorward/telemetry',
      'doorward/detection',
      'doorward/scanner',
      'doorward/demo',
    ],
    impure: 'all',
  },
]

/** Folders in which each file is one of many, and `index.ts` the list of them. The singular file defines. */
export const REGISTRIES: Readonly<Record<string, string>> = {
  grants: 'grant',
  constraints: 'constraint',
  checks: 'check',
  'client-authentication': 'client-authentication',
  policies: 'policy',
  connectors: 'connector',
  rules: 'rule',
  actions: 'action',
  reasons: 'reason',
  commands: 'command',
  pages: 'page',
  migrations: 'migration',
}

export const LONGEST_FILE_LINES = 300
export const LONGEST_TEST_LINES = 500
