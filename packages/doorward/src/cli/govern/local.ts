import { randomBytes } from 'node:crypto'
import { deriveKey } from '@doorward/core/kernel/seal'
import { act } from '../../authority/admin/act.ts'
import type { GoverningContext } from '../../authority/admin/actions/action.ts'
import { ADMIN_SCOPE } from '../../authority/admin/permissions.ts'
import { allScopes } from '../../authority/context.ts'
import { rotateKeys } from '../../authority/keys/keyring.ts'
import { newsOf } from '../../authority/news.ts'
import { servedResources } from '../commands/serve.ts'
import { clock, openDatabase, SIGNING_KEYS } from '../compose.ts'
import { readConfig } from '../config.ts'
import { configFile, findDatabase } from '../database.ts'
import { shownDatabase } from '../database-address.ts'
import { databaseProblem } from '../database-problem.ts'
import { PURPOSES } from '../derived-keys.ts'
import { groupRulesOf, unspokenGroups } from '../group-rules.ts'
import { policyOf, registrationOf } from '../policy.ts'
import { serverSecret } from '../secret.ts'
import type { GovernOptions, Governor } from './governor.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Who sits at the server itself and can read its database may do everything. */
const AT_THE_SERVER = { id: 'the command line', permissions: [ADMIN_SCOPE] }

/** Acts on the database that lies here. */
export function localGovernor(options: GovernOptions, env: Environment): Governor {
  const database = findDatabase(options, env)
  const config = readConfig(configFile(options, env), env)
  const store = openDatabase(database)
  const providers = (config.signIn?.providers ?? []).map(({ id, name = id, domains = [] }) => ({ id, name, domains }))
  const unspoken = unspokenGroups(
    config.groups,
    providers.map(({ id }) => id),
  )
  // Groups decide what people may keep, by the rules of the file; nothing else here looks at resources.
  const resources = config.groups === undefined ? [] : servedResources(config)
  // Most of what is done needs none of them, and the secret may lie where only the server reads it.
  const key = (purpose: string) => deriveKey(serverSecret(database, env), purpose)
  const world = { now: clock, random: randomBytes }
  const ctx: GoverningContext = {
    ...world,
    store,
    isOffline: true,
    issuer: config.issuer ?? '',
    // What is refused here is told on the spot, to the one who asked.
    audit: () => undefined,
    resources,
    groupRules: groupRulesOf(resources, config.groups, unspoken),
    ruleMemory: {},
    // One act, and it reads what it needs.
    news: newsOf(store.changes, () => 0),
    policy: policyOf(config.policy),
    registration: registrationOf(config.registration),
    redirectSchemes: config.redirectSchemes ?? [],
    mtls: undefined,
    signIn: { providers },
    keys: {
      get clientSecret() {
        return key(PURPOSES.clientSecret)
      },
      get invite() {
        return key(PURPOSES.invite)
      },
    },
    keyring: {
      rotate: (how) => rotateKeys(store, key(SIGNING_KEYS), world, config.signingKeys?.algorithm ?? 'ES256', how),
    },
  }
  return {
    act: (name, input) =>
      act(ctx, undefined, AT_THE_SERVER, name, input).catch((error: unknown) => {
        throw databaseProblem(error, database)
      }),
    at: shownDatabase(database),
    scopes: () => (config.resources === undefined ? undefined : allScopes(servedResources(config))),
    close: () => store.close(),
  }
}
