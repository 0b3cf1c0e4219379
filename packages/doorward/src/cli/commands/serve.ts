import type { Certificate } from '@doorward/core/mtls/certificate'
import { readAuthorities } from '../client-certificates.ts'
import { putCommandLineClient } from '../command-line-client.ts'
import { VERSION } from '../compose.ts'
import { DEFAULT_HOST, DEFAULT_PORT, readConfig } from '../config.ts'
import type { Config, ResourceConfig } from '../config-schema.ts'
import { putConfiguredClients } from '../configured-clients.ts'
import { CONFIG_FILE, configFile, SERVE_DATABASE } from '../database.ts'
import { shownDatabase } from '../database-address.ts'
import type { ServedResource } from '../door.ts'
import { groupRulesOf } from '../group-rules.ts'
import { policyOf, registrationOf } from '../policy.ts'
import { UsageError } from '../problem.ts'
import { type Address, makeFolderFor, run, serveUntilStopped } from '../run.ts'
import { serverSecret } from '../secret.ts'
import { signInOf } from '../sign-in.ts'
import { slug, snippetsFor } from '../snippets.ts'
import { telemetryOf } from '../telemetry.ts'
import type { MtlsConfig } from '../tls-schema.ts'
import { checkScopeNames, trustOf } from '../trust.ts'
import type { AddCommand } from './command.ts'
import { withTools } from './dev.ts'

const EVERYTHING = 'mcp'

export const serve: AddCommand = (program, terminal) => {
  program
    .command('serve')
    .description('Issuer, resources and gateways from one config file and the environment.')
    .option('--config <file>', `the config file (default ${CONFIG_FILE}, where it exists)`)
    .option('--json', 'print one line of JSON once ready')
    .action(async (options: { config?: string; json?: boolean }) => {
      const file = configFile(options, terminal.env)
      const config = readConfig(file, terminal.env)
      const { resources } = config
      if (resources === undefined) {
        throw new UsageError(
          `No resources are configured; list at least one MCP server under "resources" in ${file ?? CONFIG_FILE}.`,
        )
      }
      const database = config.database ?? SERVE_DATABASE
      makeFolderFor(database)
      const secret = serverSecret(database, terminal.env)
      const address = { host: config.host ?? DEFAULT_HOST, port: config.port ?? DEFAULT_PORT }
      const signIn = signInOf(config.signIn, terminal.env)
      const authorities = (config.mtls?.authorities ?? []).flatMap(readAuthorities)
      const running = await run(
        address,
        async (port, mtlsPort) => {
          const issuer = config.issuer ?? localIssuer(config, port)
          const mtls = config.mtls && mtlsSettings(config.mtls, authorities, issuer, mtlsPort)
          const served = resources.map((resource) => servedResource(issuer, resource, mtls?.origin))
          checkScopeNames(served, config)
          const telemetry = await telemetryOf(config, terminal, {
            issuer,
            database,
            version: VERSION,
            resources: served,
          })
          return {
            issuer,
            database,
            secret,
            telemetry,
            resources: served,
            redirectSchemes: config.redirectSchemes ?? [],
            policy: policyOf(config.policy),
            registration: registrationOf(config.registration),
            signIn,
            assertionIssuers: trustOf(served, config.assertionIssuers),
            groupRules: groupRulesOf(served, config.groups),
            ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
            ...(config.signingKeys === undefined ? {} : { signingKeys: config.signingKeys }),
            publishRevokedGrants: config.revocation?.publish !== false,
            ...(mtls === undefined ? {} : { mtls }),
            requireDpopNonce: config.requireDpopNonce === true,
            ...(config.egressProxy === undefined ? {} : { egressProxy: new URL(config.egressProxy) }),
            snippets: served.flatMap(({ uri, name }, i) => snippetsFor(slug(name) || `server-${i + 1}`, uri)),
          }
        },
        config.tls && { files: config.tls, mtls: mtlsAddress(config.mtls, address.host) },
      )
      const { issuer, house, metrics } = running
      await putConfiguredClients(house.context.store, config.clients ?? [])
      await putCommandLineClient(house.context.store, config.administration?.commandLine === true)
      const mcp = house.context.resources.map(({ uri }) => uri)
      if (options.json === true)
        terminal.print(
          JSON.stringify({ issuer, mcp: mcp[0], resources: mcp, database: shownDatabase(database), metrics }),
        )
      else terminal.print(`Doorward serves ${mcp.join(', ')} as ${issuer} (database ${shownDatabase(database)}).`)
      if ((await house.context.store.users.list()).length === 0) {
        // Another database may lie here; the command has to mean this one.
        terminal.say(
          `Nobody can sign in yet; add a person with 'doorward user add you@example.com --operator --database ${shownDatabase(database)}'.`,
        )
      }
      await serveUntilStopped(running, terminal)
    })
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
  return `${tls === undefined ? 'http' : 'https'}://localhost:${port}`
}

function mtlsAddress(mtls: MtlsConfig | undefined, host: string): Address | undefined {
  return mtls?.port === undefined ? undefined : { host: mtls.host ?? host, port: mtls.port }
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
