import { parseScope } from '@doorward/core/oauth/scope'
import { PERMISSIONS } from '../authority/admin/permissions.ts'
import { allScopes, type ResourceSettings } from '../authority/context.ts'
import type { AssertionIssuer } from '../authority/token/assertion-issuer.ts'
import type { Config } from './config-schema.ts'
import { UsageError } from './problem.ts'
import type { AssertionIssuerConfig } from './trust-schema.ts'

/**
 * What a config file says of whom to trust, held against the resources that there are: a name that means nothing would be trust
 * that somebody believes in and nobody has.
 * @throws UsageError naming what is wrong.
 */
export function trustOf(
  resources: readonly ResourceSettings[],
  configured: readonly AssertionIssuerConfig[] = [],
): AssertionIssuer[] {
  for (const [i, { uri, exchanges = [] }] of resources.entries()) {
    for (const { to, scopes } of exchanges) {
      const at = `resources.${i}.exchanges`
      if (to === uri) throw new UsageError(`${at} names the resource itself; fewer scopes there need no exchange rule.`)
      requireScopes(resources, uri, Object.keys(scopes), at)
      requireScopes(resources, to, Object.values(scopes).flat(), at)
    }
  }
  const names = new Set<string>()
  for (const [i, issuer] of configured.entries()) {
    const at = `assertionIssuers.${i}`
    if ((issuer.jwks === undefined) === (issuer.jwksUri === undefined))
      throw new UsageError(`${at} has to have either jwks or jwksUri.`)
    if (issuer.people === undefined && issuer.workloads === undefined)
      throw new UsageError(`${at} is trusted with nothing; add people or workloads.`)
    if (configured.findIndex(({ issuer: other }) => other === issuer.issuer) !== i)
      throw new UsageError(`${at} names ${issuer.issuer}, which stands above already.`)
    for (const { name, resource, scopes } of issuer.workloads ?? []) {
      if (names.has(name)) throw new UsageError(`${at} has a second workload '${name}'; give it another name.`)
      names.add(name)
      requireScopes(resources, resource, scopes, `${at}, workload '${name}'`)
    }
  }
  // The schema has checked the shapes; what it calls optional is left out and not undefined.
  return configured as unknown as AssertionIssuer[]
}

/**
 * Every scope that the file names has to be one of some resource: a prohibition that is misspelt would forbid nothing.
 * @throws UsageError naming where it stands.
 */
export function checkScopeNames(
  resources: readonly ResourceSettings[],
  { policy, clients = [], assertionIssuers = [] }: Pick<Config, 'policy' | 'clients' | 'assertionIssuers'>,
): void {
  const known = new Set([...allScopes(resources), ...Object.keys(PERMISSIONS)])
  const named: (readonly [string, readonly string[]])[] = [
    ...Object.entries(policy?.neverScopes ?? {}).map(
      ([kind, scopes]) => [`policy.neverScopes.${kind}`, scopes] as const,
    ),
    ...clients.map(({ scope }, i) => [`clients.${i}.scope`, parseScope(scope)] as const),
    ...assertionIssuers.map(({ people }, i) => [`assertionIssuers.${i}.people.scopes`, people?.scopes ?? []] as const),
  ]
  for (const [at, scopes] of named) {
    const strange = scopes.find((scope) => !known.has(scope))
    if (strange === undefined) continue
    throw new UsageError(`${at} names the scope '${strange}', which no resource has; known: ${[...known].join(', ')}.`)
  }
}

function requireScopes(
  resources: readonly ResourceSettings[],
  uri: string,
  scopes: readonly string[],
  at: string,
): void {
  const resource = resources.find((known) => known.uri === uri)
  if (resource === undefined) {
    const known = resources.map((candidate) => candidate.uri).join(', ')
    throw new UsageError(`${at} names the resource ${uri}, which is not served here; known: ${known}.`)
  }
  const strange = scopes.find((scope) => !Object.hasOwn(resource.scopes, scope))
  if (strange !== undefined) throw new UsageError(`${at} names the scope '${strange}', which ${uri} does not have.`)
}
