import { VERSION } from '@doorward/core/kernel/version'
import type { Certificate } from '@doorward/core/mtls/certificate'
import type { Provider } from '../../authority/identity/settings.ts'
import { readAuthorities } from '../client-certificates.ts'
import { putCommandLineClient } from '../command-line-client.ts'
import { DEFAULT_HOST, DEFAULT_PORT, issuerHere } from '../config.ts'
import type { Config, ResourceConfig } from '../config-schema.ts'
import { putConfiguredClients } from '../configured-clients.ts'
import { CONFIG_FILE, SERVE_DATABASE } from '../database.ts'
import { isPostgres, shownDatabase } from '../database-address.ts'
import { databaseProblem } from '../database-problem.ts'
import type { ServedResource } from '../door.ts'
import { environmentWords } from '../environment-words.ts'
import { groupRulesOf, unspokenGroups } from '../group-rules.ts'
import { type Plan, planOf, type ServeOptions } from '../plan.ts'
import { policyOf, registrationOf } from '../policy.ts'
import { UsageError } from '../problem.ts'
import { endRolesOfOthers } from '../provider-roles.ts'
import { type Address, run, serveUntilStopped } from '../run.ts'
import { signInOf } from '../sign-in.ts'
import { slug, snippetsFor } from '../snippets.ts'
import { ownWorker } from '../stopping.ts'
import { telemetryOf } from '../telemetry.ts'
import type { MtlsConfig } from '../tls-schema.ts'
import { checkScopeNames, trustOf } from '../trust.ts'
import { silenceOf } from '../upstream-silence.ts'
import { type Post, postOfWorker, type Ready, tellReady } from '../worker.ts'
import { superviseWorkers } from '../workers.ts'
import type { AddCommand, Terminal } from './command.ts'
import { withTools } from './dev.ts'

const EVERYTHING = 'mcp'

export const serve: AddCommand = (program, terminal) => {
  program
    .command('serve')
    .description('Issuer, resources and gateways from one config file and the environment.')
    .option('--config <file>', `the config file (default ${CONFIG_FILE}, where it exists)`)
    .option('--workers <count>', 'so many processes on one port; auto: as many as there are cores (default 1)')
    .option('--json', 'print one line of JSON once ready')
    .addHelpText('after', environmentWords(SERVE_DATABASE))
    .action(async (options: ServeOptions) => {
      // What is said is for whoever still reads: a server does not end with the program that keeps its log.
      terminal.outliveReader?.()
      if (ownWorker() !== undefined) return serveHere(await postOfWorker(), terminal, tellReady)
      const plan = planOf(options, terminal.env)
      const show = (ready: Ready) => showReady(ready, plan, options.json === true, terminal)
      if (plan.workers > 1) return superviseWorkers(plan, terminal, show)
      return serveHere({ plan, number: 1 }, terminal, show)
    })
}

function showReady(
  { issuer, listening, mtls, resources, metrics, empty }: Ready,
  plan: Plan,
  asJson: boolean,
  terminal: Terminal,
): void {
  const database = shownDatabase(plan.database)
  if (asJson)
    terminal.print(JSON.stringify({ issuer, listening, mtls, mcp: resources[0], resources, database, metrics }))
  else {
    const by = plan.workers === 1 ? '' : `, ${plan.workers} workers`
    const certificates = mtls === undefined ? '' : `, for client certificates at ${mtls}`
    terminal.print(
      `Doorward serves ${resources.join(', ')} as ${issuer}, listening at ${listening}${certificates} (database ${database}${by}).`,
    )
  }
  if (issuer.startsWith('https:') && listening.startsWith('http:'))
    terminal.say(
      `Note: it speaks plain http; have a proxy end TLS for ${issuer} in front of it, or set "tls" in the config.`,
    )
  // Something may lead from the one port to the other (a container does). Where nothing does, nobody answers at what is shown above.
  if (issuer.startsWith('http:') && new URL(issuer).port !== new URL(listening).port)
    terminal.say(
      `Note: clients come to ${issuer}, and it listens at ${listening}; where nothing leads from there to here, give both the same port (DOORWARD_PORT, or "port" and "issuer" in the config).`,
    )
  if (empty !== undefined) terminal.say(`${empty} with ${addition(plan.database)}.`)
  void tellSilence(plan.config, terminal)
}

/** Another database may lie here; the command has to mean this one. An address holds a password, which is not shown and does not belong there. */
function addition(database: string): string {
  const command = 'doorward user add you@example.com --operator'
  return isPostgres(database)
    ? `'${command}', where the address of the database is set as it is here`
    : `'${command} --database ${database}'`
}

/** It may take a while, and nobody has to wait for it: what is behind may come later than this server. */
async function tellSilence({ resources = [] }: Config, terminal: Terminal): Promise<void> {
  const upstreams = new Set(resources.flatMap(({ upstream }) => (upstream === undefined ? [] : [upstream])))
  for (const silence of await Promise.all([...upstreams].map((upstream) => silenceOf(new URL(upstream)))))
    if (silence !== undefined) terminal.say(`Note: ${silence}`)
}

/** What nobody can do yet for want of people; undefined where somebody can, or will without being added. */
function emptiness(providers: readonly Provider[]): string | undefined {
  // Whoever comes in by a provider is added then; only who governs may have to be said.
  const coming = providers.filter(bringsPeople)
  if (coming.length === 0) return 'Nobody can sign in yet; add a person'
  if (coming.some(({ operatorsGroup }) => operatorsGroup !== undefined)) return undefined
  return `People come in from ${coming.map(({ name }) => name).join(', ')}, and nobody governs yet; add an operator`
}

/** Serves in this process until it is asked to stop. What the database has against it may come after it was opened. */
async function serveHere(post: Post, terminal: Terminal, show: (ready: Ready) => void): Promise<void> {
  await serveByPlan(post, terminal, show).catch((error: unknown) => {
    throw databaseProblem(error, post.plan.database)
  })
}

async function serveByPlan(post: Post, terminal: Terminal, show: (ready: Ready) => void): Promise<void> {
  const { config, database, secret, drainSeconds, workers } = post.plan
  const resources = config.resources ?? []
  const isShared = workers > 1
  const address = { host: config.host ?? DEFAULT_HOST, port: config.port ?? DEFAULT_PORT, isShared }
  const signIn = signInOf(config.signIn, terminal.env)
  const providers = signIn.providers.map(({ id }) => id)
  const governing = signIn.providers.flatMap(({ id, operatorsGroup }) => (operatorsGroup === undefined ? [] : [id]))
  const unspoken = unspokenGroups(config.groups, providers)
  const authorities = (config.mtls?.authorities ?? []).flatMap(readAuthorities)
  const running = await run(
    address,
    async (port, mtlsPort) => {
      const issuer = config.issuer ?? localIssuer(config, port)
      const mtls = config.mtls && mtlsSettings(config.mtls, authorities, issuer, mtlsPort)
      const served = resources.map((resource) => servedResource(issuer, resource, mtls?.origin))
      checkScopeNames(served, config)
      const watched = { ...config, ...(config.metrics && { metrics: ownPort(config.metrics, post.number) }) }
      return {
        issuer,
        database,
        telemetry: await telemetryOf(watched, terminal, { issuer, database, version: VERSION, resources: served }),
        secret: Buffer.from(secret, 'base64url'),
        say: terminal.say,
        resources: served,
        redirectSchemes: config.redirectSchemes ?? [],
        policy: policyOf(config.policy),
        registration: registrationOf(config.registration),
        signIn,
        assertionIssuers: trustOf(served, config.assertionIssuers),
        groupRules: groupRulesOf(served, config.groups, unspoken),
        ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
        ...(config.signingKeys === undefined ? {} : { signingKeys: config.signingKeys }),
        publishRevokedGrants: config.revocation?.publish !== false,
        ...(mtls === undefined ? {} : { mtls }),
        requireDpopNonce: config.requireDpopNonce === true,
        ...(config.egressProxy === undefined ? {} : { egressProxy: new URL(config.egressProxy) }),
        snippets: served.flatMap(({ uri, name }, i) => snippetsFor(slug(name) || `server-${i + 1}`, uri)),
        ...(workers > 1 ? { worker: post.number } : {}),
      }
    },
    config.tls && { files: config.tls, mtls: mtlsAddress(config.mtls, address) },
  )
  const { issuer, listening, mtls, house, metrics } = running
  const { store } = house.context
  await putConfiguredClients(store, config.clients ?? [])
  await putCommandLineClient(store, config.administration?.commandLine === true)
  for (const group of unspoken)
    terminal.say(`groups.${group} gives nothing to anybody: no such provider is in signIn.providers.`)
  for (const email of await endRolesOfOthers(store, governing))
    terminal.say(
      `${email} is no operator any more: the identity provider that said so has no operatorsGroup in signIn.providers.`,
    )
  if (post.replaces !== undefined) {
    const detail = { worker: post.number, how: post.replaces }
    house.context.audit({ type: 'server.failed', outcome: 'refused', reason: 'worker_ended', detail })
  }
  const mcp = house.context.resources.map(({ uri }) => uri)
  const isEmpty = (await store.users.list()).length === 0
  const empty = isEmpty ? emptiness(house.context.signIn.providers) : undefined
  show({ issuer, listening, mtls, resources: mcp, metrics, empty })
  await serveUntilStopped(running, terminal, drainSeconds, workers === 1)
}

/** Each worker tells its own numbers, at a port of its own. */
function ownPort(metrics: NonNullable<Config['metrics']>, number: number): NonNullable<Config['metrics']> {
  return metrics.port === 0 ? metrics : { ...metrics, port: metrics.port + number - 1 }
}

function bringsPeople({ newPeople, domains }: Provider): boolean {
  return newPeople === 'everybody' || (newPeople === 'of_its_domains' && domains.length > 0)
}

/** What a config file serves, for commands beside the server that runs by it. */
export function servedResources(config: Config): ServedResource[] {
  const issuer = config.issuer ?? localIssuer(config, config.port ?? DEFAULT_PORT)
  const mtls = config.mtls && mtlsSettings(config.mtls, [], issuer, config.mtls.port)
  return (config.resources ?? []).map((resource) => servedResource(issuer, resource, mtls?.origin))
}

function localIssuer({ host, tls }: Config, port: number): string {
  if (host !== undefined && !['127.0.0.1', 'localhost', '::1'].includes(host)) {
    throw new UsageError(
      'The issuer is missing; set "issuer" (or DOORWARD_ISSUER) to the public https address of this server.',
    )
  }
  return issuerHere(tls === undefined ? 'http' : 'https', port)
}

function mtlsAddress(mtls: MtlsConfig | undefined, address: Address): Address | undefined {
  return mtls?.port === undefined ? undefined : { ...address, host: mtls.host ?? address.host, port: mtls.port }
}

function mtlsSettings(
  { header, origin }: MtlsConfig,
  authorities: readonly Certificate[],
  issuer: string,
  port: number | undefined,
) {
  const own = port === undefined ? undefined : `https://${new URL(issuer).hostname}:${port}`
  return { authorities, header, origin: origin ?? own }
}

export function servedResource(issuer: string, config: ResourceConfig, mtlsOrigin?: string): ServedResource {
  const isByMtls = config.senderConstraint === 'certificate' && mtlsOrigin !== undefined
  const given = config.scopes ?? { [EVERYTHING]: `Use every tool of ${config.name}, in your name` }
  const scopes = Object.fromEntries(
    Object.entries(given).map(([name, scope]) => [name, typeof scope === 'string' ? { description: scope } : scope]),
  )
  const tools = config.tools ?? {}
  return {
    uri: config.resource ?? `${isByMtls ? mtlsOrigin : new URL(issuer).origin}${config.path}`,
    name: config.name,
    scopes: withTools(scopes, tools),
    defaultScopes: config.defaultScopes ?? Object.keys(scopes),
    ...(config.upstream === undefined ? {} : { upstream: new URL(config.upstream) }),
    ...(config.tools === undefined ? {} : { tools }),
    ...(config.servers === undefined ? {} : { servers: config.servers }),
    ...(config.exchanges === undefined ? {} : { exchanges: config.exchanges }),
    ...(config.senderConstraint === undefined ? {} : { senderConstraint: config.senderConstraint }),
    authorizationDetailsTypes: config.authorizationDetailsTypes,
    ...(config.forwardHeaders === undefined ? {} : { forwardHeaders: config.forwardHeaders }),
    ...(config.hideTools === undefined ? {} : { hideTools: config.hideTools }),
  }
}
