import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isLoopbackHost } from '@doorward/core/oauth/redirect-uri'
import { type Provider, SIGN_IN, type SignInSettings } from '../authority/identity/settings.ts'
import { guardedFetch } from '../outbound/guarded-fetch.ts'
import { UsageError } from './problem.ts'
import type { ProviderConfig, SignInConfig } from './sign-in-schema.ts'

/** People who come back from one identity provider at the same moment. */
const MOST_AT_ONE_PROVIDER = 32
const GITHUB = 'https://github.com'
/** Entra ID's addresses of everybody. Their metadata has a template for an issuer, and whoever rents a tenant could say who comes. */
const OF_ALL_TENANTS = /^https:\/\/[^/]*\.microsoftonline\.(com|us|cn)\/(common|organizations)(\/|$)/i

/**
 * The config with its secrets, which come from files and variables and never from the config itself.
 * @throws UsageError
 */
export function signInOf(
  config: SignInConfig | undefined,
  env: Readonly<Record<string, string | undefined>>,
): SignInSettings {
  const { password = true, providers = [] } = config ?? {}
  if (!password && providers.length === 0) {
    throw new UsageError(
      'signIn.password is false and signIn.providers is empty: nobody could sign in; add a provider.',
    )
  }
  for (const [i, { id, domains = [] }] of providers.entries()) {
    const before = providers.slice(0, i)
    if (before.some((other) => other.id === id))
      fail(i, `has the id '${id}', which another one has, too; give it its own`)
    const twice = domains.find((domain) => before.some((other) => other.domains?.includes(domain)))
    if (twice !== undefined)
      fail(i, `names the domain ${twice}, which another one has already; it can lead to one only`)
  }
  return { password, providers: providers.map((provider, i) => providerOf(provider, i, env)) }
}

/** What the authority needs for it: a way out of its own, which strangers' wishes do not crowd out. */
export function signInParts(
  { issuer, signIn = SIGN_IN, egressProxy: proxy }: { issuer: string; signIn?: SignInSettings; egressProxy?: URL },
  userAgent: string,
) {
  return {
    signIn,
    fetchProvider: guardedFetch({
      // An operator who tries things out at this computer has the provider there, too.
      allowLoopback: isLoopbackHost(new URL(issuer).hostname),
      userAgent,
      mostAtOnePlace: MOST_AT_ONE_PROVIDER,
      ...(proxy === undefined ? {} : { proxy }),
    }),
    providers: new Map(),
  }
}

function providerOf(config: ProviderConfig, i: number, env: Readonly<Record<string, string | undefined>>): Provider {
  const { id, kind = 'oidc', domains = [] } = config
  const issuer = config.issuer ?? (kind === 'github' ? GITHUB : fail(i, 'has no issuer; add it, as in its metadata'))
  const url = new URL(issuer)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    fail(i, `has the issuer ${issuer}; it has to be an https address`)
  if (OF_ALL_TENANTS.test(issuer))
    fail(i, `has the issuer ${issuer}, which is of all tenants; put the id of your own in its place`)
  if (config.operatorsGroup !== undefined && kind === 'oidc' && config.groupsClaim === undefined)
    fail(i, 'has operatorsGroup and no groupsClaim; name the claim that lists groups')
  const scopes = config.scopes ?? (kind === 'github' ? ['user:email'] : ['email', 'profile'])
  if (kind === 'github') {
    if (config.groupsClaim !== undefined)
      fail(i, 'has groupsClaim, which GitHub knows nothing of; add the scope read:org')
    if (config.authentication !== undefined) fail(i, 'has authentication, of which GitHub knows one only; remove it')
    if (config.operatorsGroup !== undefined && !scopes.includes('read:org'))
      fail(i, 'has operatorsGroup without the scope read:org; add it')
  }
  return {
    id,
    name: config.name ?? (kind === 'github' ? 'GitHub' : id),
    kind,
    issuer: kind === 'github' ? issuer.replace(/\/$/, '') : issuer,
    clientId: config.clientId,
    clientSecret: createSecretKey(Buffer.from(secretOf(config, i, env))),
    authentication: config.authentication ?? 'client_secret_basic',
    scopes,
    groupsClaim: typeof config.groupsClaim === 'string' ? [config.groupsClaim] : config.groupsClaim,
    operatorsGroup: config.operatorsGroup,
    domains,
    newPeople: newPeopleOf(config),
  }
}

function newPeopleOf({ allowNewPeople, domains = [] }: ProviderConfig): Provider['newPeople'] {
  if (allowNewPeople !== undefined) return allowNewPeople ? 'everybody' : 'nobody'
  return domains.length > 0 ? 'of_its_domains' : 'nobody'
}

function secretOf(
  { clientSecretFile: file, clientSecretVariable: variable }: ProviderConfig,
  i: number,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if ((file === undefined) === (variable === undefined))
    return fail(i, 'has to have either clientSecretFile or clientSecretVariable')
  let secret: string | undefined
  try {
    secret = file === undefined ? env[variable as string] : readFileSync(file, 'utf8')
  } catch {
    fail(i, `names the file '${file}', which cannot be read; check the path and who may read it`)
  }
  const text = secret?.trim() ?? ''
  return text === '' ? fail(i, `finds no secret in ${file ?? variable}; put it there`) : text
}

function fail(i: number, problem: string): never {
  throw new UsageError(`In the config, signIn.providers.${i} ${problem}.`)
}
