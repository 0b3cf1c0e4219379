import { deriveKey } from '@doorward/core/kernel/seal'
import type { SigningAlgorithm } from '@doorward/core/token/access-token'
import { addKey, eventOf } from '../../authority/keys/keyring.ts'
import { clock, SIGNING_KEYS } from '../compose.ts'
import { readConfig } from '../config.ts'
import { configFile, type DatabaseOptions, findDatabase, withStore } from '../database.ts'
import { FailedError } from '../problem.ts'
import { pooledRandom } from '../randomness.ts'
import { serverSecret } from '../secret.ts'
import { table, when } from '../table.ts'
import { type AddCommand, databaseCommand } from './command.ts'

type Common = DatabaseOptions & { readonly json?: boolean; readonly now?: boolean }

export const key: AddCommand = (program, terminal) => {
  const group = program.command('key').description('What access tokens are signed with.')

  databaseCommand(group, 'list', 'The published keys, the newest last.', 'one line of JSON each').action(
    (options: Common) =>
      withStore(findDatabase(options, terminal.env), async (store) => {
        const keys = await store.keys.list()
        if (options.json) {
          for (const { kid, alg, createdAt } of keys) terminal.print(JSON.stringify({ kid, alg, createdAt }))
          return
        }
        terminal.print(
          table(
            ['id', 'algorithm', 'made'],
            keys.map(({ kid, alg, createdAt }) => [kid, alg, when(createdAt)]),
          ),
        )
      }),
  )

  databaseCommand(
    group,
    'rotate',
    'Make a new key. It is published now and signs in an hour; tokens of the others stay good.',
    'one line of JSON',
  )
    .option(
      '--now',
      'the others have leaked: within a minute it signs, and their tokens are refused here and by servers that follow the feed',
    )
    .action(async (options: Common) => {
      const database = findDatabase(options, terminal.env)
      const config = readConfig(configFile(options, terminal.env), terminal.env)
      const algorithm: SigningAlgorithm = config.signingKeys?.algorithm ?? 'ES256'
      const sealingKey = deriveKey(serverSecret(database, terminal.env), SIGNING_KEYS)
      const world = { now: clock, random: pooledRandom() }
      await withStore(database, async (store) => {
        const keys = await store.keys.list()
        const made = await addKey(store, sealingKey, world, algorithm, keys.at(-1), 'operator_rotated')
        if (made === undefined) throw new FailedError('Another process made a key just now; see doorward key list.')
        const old = keys.map(({ kid }) => kid)
        const isNow = options.now === true && old.length > 0
        if (isNow) await store.keys.remove(old, eventOf('key.removed', 'operator_removed', old))
        const { kid } = made
        if (options.json) terminal.print(JSON.stringify({ kid, algorithm, removed: isNow ? old : [] }))
        else
          terminal.print(
            isNow
              ? `Made ${kid} (${algorithm}) and removed the others; running servers follow within a minute.`
              : `Made ${kid} (${algorithm}); it signs in an hour.`,
          )
      })
    })
}
