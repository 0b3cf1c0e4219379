import type { ResourceSettings } from '../authority/context.ts'
import { EVERYBODY, type GroupRule, type GroupRules } from '../authority/identity/group-rules.ts'
import type { GroupsConfig } from './groups-schema.ts'
import { UsageError } from './problem.ts'

const ALL = '*'

/** The groups in the rules of which no provider speaks that the config has (any more): whoever was in one, counts as in none. */
export function unspokenGroups(config: GroupsConfig = {}, providers: readonly string[] = []): readonly string[] {
  return Object.keys(config).filter((group) => {
    const [provider = '', ...name] = group.split('/')
    return name.length > 0 && !providers.includes(provider)
  })
}

/**
 * What a config file says of groups, by resource. A name that means nothing would be a lock that somebody believes in.
 * @param unspoken groups that give nothing to anybody; what their rules name stays for whom other rules name
 * @throws UsageError naming what is wrong.
 */
export function groupRulesOf(
  resources: readonly ResourceSettings[],
  config: GroupsConfig = {},
  unspoken: readonly string[] = [],
): GroupRules {
  const rules = new Map<string, GroupRule[]>()
  for (const [group, given] of Object.entries(config)) {
    if (group !== EVERYBODY && group.trim() !== group)
      throw new UsageError(`groups has the name '${group}', which begins or ends with a space.`)
    for (const { resources: named, scopes } of [given].flat()) {
      const meant = named === undefined ? resources : named.map((name) => resourceNamed(resources, name, group))
      for (const scope of scopes) requireScope(meant, scope, group, named !== undefined)
      for (const { uri, scopes: known } of meant) {
        const granted = scopes.includes(ALL)
          ? Object.keys(known)
          : scopes.filter((scope) => Object.hasOwn(known, scope))
        const rule = unspoken.includes(group) ? [] : [{ group, scopes: granted }]
        rules.set(uri, [...(rules.get(uri) ?? []), ...rule])
      }
    }
  }
  return rules
}

function resourceNamed(resources: readonly ResourceSettings[], name: string, group: string): ResourceSettings {
  const found = resources.find(({ uri }) => uri === name || new URL(uri).pathname === name)
  if (found !== undefined) return found
  const known = resources.map(({ uri }) => uri).join(', ')
  throw new UsageError(`groups.${group} names the resource ${name}, which is not served here; known: ${known}.`)
}

/** A rule for all servers may name what only some have. */
function requireScope(resources: readonly ResourceSettings[], scope: string, group: string, isEach: boolean): void {
  const has = ({ scopes }: ResourceSettings) => scope === ALL || Object.hasOwn(scopes, scope)
  if (isEach ? resources.every(has) : resources.some(has)) return
  const known = [...new Set(resources.flatMap(({ scopes }) => Object.keys(scopes)))].join(', ')
  throw new UsageError(`groups.${group} names the scope '${scope}', which its resources do not have; known: ${known}.`)
}
