/** The walls of the house: who may use whom. Reads like the table in ARCHITECTURE.md; floors point down only. */
export interface Room {
  readonly name: string
  /** Folder below the repository's root. */
  readonly folder: string
  /** Rooms that it may import, besides itself. */
  readonly mayUse: readonly string[]
  /** May touch clock, randomness, environment, network or output directly. */
  readonly impure?: boolean
  /** Has no README of its own because the folder above has one. */
  readonly plateAbove?: boolean
}

const CORE = ['core/kernel', 'core/oauth', 'core/token']

export const ROOMS: readonly Room[] = [
  { name: 'core/kernel', folder: 'packages/core/src/kernel', mayUse: [], plateAbove: true },
  { name: 'core/oauth', folder: 'packages/core/src/oauth', mayUse: ['core/kernel'], plateAbove: true },
  { name: 'core/token', folder: 'packages/core/src/token', mayUse: ['core/kernel', 'core/oauth'], plateAbove: true },
  { name: 'resource', folder: 'packages/resource/src', mayUse: CORE, impure: true, plateAbove: true },
  { name: 'client', folder: 'packages/client/src', mayUse: CORE, plateAbove: true },
  { name: 'doorward/store', folder: 'packages/doorward/src/store', mayUse: ['core/kernel'] },
  { name: 'doorward/authority', folder: 'packages/doorward/src/authority', mayUse: [...CORE, 'doorward/store'] },
  {
    name: 'doorward/gateway',
    folder: 'packages/doorward/src/gateway',
    mayUse: [...CORE, 'doorward/store', 'resource', 'client'],
  },
  { name: 'doorward/console', folder: 'packages/doorward/src/console', mayUse: [...CORE, 'doorward/authority'] },
  { name: 'doorward/demo', folder: 'packages/doorward/src/demo', mayUse: [] },
  {
    name: 'doorward/testing',
    folder: 'packages/doorward/src/testing',
    mayUse: [...CORE, 'doorward/store', 'doorward/authority'],
    impure: true,
  },
  {
    name: 'doorward/cli',
    folder: 'packages/doorward/src/cli',
    mayUse: [
      ...CORE,
      'resource',
      'client',
      'doorward/store',
      'doorward/authority',
      'doorward/gateway',
      'doorward/console',
      'doorward/demo',
    ],
    impure: true,
  },
]

/** Folders in which each file is one of many, and `index.ts` the list of them. The singular file defines. */
export const REGISTRIES: Readonly<Record<string, string>> = {
  grants: 'grant',
  checks: 'check',
  'client-authentication': 'client-authentication',
  commands: 'command',
  pages: 'page',
  migrations: 'migration',
}

export const LONGEST_FILE_LINES = 300
export const LONGEST_TEST_LINES = 500
