import type { KeyObject } from 'node:crypto'
import { dpopNonce, isGoodNonce } from '@doorward/core/dpop/nonce'
import { deriveKey } from '@doorward/core/kernel/seal'
import { OAuthError } from '@doorward/core/oauth/error'
import { isLoopbackHost } from '@doorward/core/oauth/redirect-uri'
import type { SigningAlgorithm } from '@doorward/core/token/access-token'
import { type Guard, protectResource } from '@doorward/resource'
import { adminResource } from '../authority/admin/permissions.ts'
import { authority } from '../authority/authority.ts'
import {
  type AuthorityContext,
  LIFETIMES,
  type Lifetimes,
  REGISTRATION,
  type RegistrationSettings,
  type ResourceSettings,
  type Visit,
} from '../authority/context.ts'
import { refusalJson } from '../authority/http.ts'
import type { GroupRules } from '../authority/identity/group-rules.ts'
import type { SignInSettings } from '../authority/identity/settings.ts'
import { correlationId } from '../authority/ids.ts'
import { openKeyring } from '../authority/keys/keyring.ts'
import { emptyMemories } from '../authority/memories.ts'
import { type MtlsSettings, mtlsAliases } from '../authority/mtls.ts'
import type { Policy } from '../authority/registration/policies/policy.ts'
import type { AssertionIssuer } from '../authority/token/assertion-issuer.ts'
import { tokenStanding } from '../authority/token/token-standing.ts'
import { tellingRead } from '../authority/trace/sightings.ts'
import type { Pages } from '../console/routes.ts'
import { gateway } from '../gateway/gateway.ts'
import { guardedFetch } from '../outbound/guarded-fetch.ts'
import { openStore } from '../store/index.ts'
import type { Store } from '../store/store.ts'
import { auditQueue } from './audit-queue.ts'
import type { CertificateHeader } from './certificate-header.ts'
import { startChores } from './chores.ts'
import { clientCertificates } from './client-certificates.ts'
import { derivedKeys } from './derived-keys.ts'
import { keySettings } from './key-settings.ts'
import type { RequestInfo } from './listen.ts'
import { callerOf, networkOf, readProxies } from './network.ts'
import { policyOf } from './policy.ts'
import { UsageError } from './problem.ts'
import { pooledRandom } from './randomness.ts'
import { pathOf } from './request-path.ts'
import { signInParts } from './sign-in.ts'
import type { Snippet } from './snippets.ts'
import { strangeHosts } from './strange-hosts.ts'

/** A protected resource and, where the gateway serves it, the MCP server behind it. */
export interface ServedResource extends ResourceSettings {
  readonly upstream?: URL | ((request: Request) => Promise<Response>)
  readonly tools?: Readonly<Record<string, readonly string[]>>
  /** Further headers that the server behind may see, in lower case. */
  readonly forwardHeaders?: readonly string[]
  /** Whether a client sees only the tools that its token may call. Default true. */
  readonly hideTools?: boolean
}

export interface HouseSettings {
  readonly issuer: string
  readonly database: string
  readonly secret: Uint8Array
  readonly resources: readonly ServedResource[]
  readonly redirectSchemes?: readonly string[]
  readonly lifetimes?: Partial<Lifetimes>
  readonly snippets?: readonly Snippet[]
  readonly policy?: Policy
  readonly registration?: Partial<RegistrationSettings>
  /** Which groups may have what. */
  readonly groupRules?: GroupRules
  /** Whose signed word is taken at the token endpoint. */
  readonly assertionIssuers?: readonly AssertionIssuer[]
  readonly egressProxy?: URL
  /** Networks whose `X-Forwarded-For`, and whose header for client certificates, is believed; or how many proxies there are. */
  readonly trustedProxies?: readonly string[] | number
  /** Where client certificates come from: a listener that asks for them at `origin`, or a header of a trusted proxy. */
  readonly mtls?: MtlsSettings & { readonly header: CertificateHeader | undefined }
  /** Each DPoP proof has to carry a nonce of this server. */
  readonly requireDpopNonce?: boolean
  /** How people sign in; with a password where left out. */
  readonly signIn?: SignInSettings
  /** Left out: yes. */
  readonly publishRevokedGrants?: boolean
  readonly signingKeys?: { readonly algorithm?: SigningAlgorithm | undefined; readonly rotateDays?: number | undefined }
  /** Another process beside this one forgets what is over. */
  readonly leavesSweeping?: boolean
  /** The number of this process, where several are one server. */
  readonly worker?: number
  /** Metadata documents at this computer are fetched. Refuses to start with an issuer that is elsewhere. */
  readonly development?: boolean
}

export interface House {
  readonly context: AuthorityContext
  readonly fetch: (
    request: Request,
    info: Pick<RequestInfo, 'remoteAddress'> & Partial<RequestInfo>,
  ) => Promise<Response>
  /** Reads what the first person would wait for. */
  readonly warm: () => Promise<void>
  readonly close: () => Promise<void>
}

const VERSION = '0.1.0'

/** What signing keys are sealed under is derived for. */
export const SIGNING_KEYS = 'signing keys'

/** Seconds since 1970, whole. */
export const clock = (): number => Math.floor(Date.now() / 1000)

export function openDatabase(path: string): Store {
  return openStore(path, () => Date.now())
}

/** The one place where the parts meet. */
export async function compose(settings: HouseSettings): Promise<House> {
  const development = settings.development === true
  if (development && !isLoopbackHost(new URL(settings.issuer).hostname)) {
    throw new UsageError(
      `Development mode fetches from this computer, so it does not start with the public issuer '${settings.issuer}'; use 'doorward serve' for that.`,
    )
  }
  const policy = settings.policy ?? policyOf()
  const store = openDatabase(settings.database)
  const random = pooledRandom()
  const { audit, flush } = auditQueue(store)
  const key = (purpose: string) => deriveKey(settings.secret, purpose)
  const trusted = readProxies(settings.trustedProxies)
  const userAgent = `doorward/${VERSION} (+${settings.issuer})`
  const certificates = clientCertificates(settings.mtls?.header, typeof trusted === 'number' ? [] : trusted)
  const context: AuthorityContext = {
    issuer: settings.issuer,
    store,
    keyring: await openKeyring(store, key(SIGNING_KEYS), { now: clock, random }, keySettings(settings)),
    keys: derivedKeys(key),
    resources: settings.resources,
    admin: adminResource(settings.issuer),
    groupRules: settings.groupRules ?? new Map(),
    lifetimes: { ...LIFETIMES, refreshRepeat: policy.refreshRepeatSeconds, ...settings.lifetimes },
    redirectSchemes: settings.redirectSchemes ?? [],
    policy,
    registration: { ...REGISTRATION, ...settings.registration },
    assertionIssuers: settings.assertionIssuers ?? [],
    fetchStranger: guardedFetch({
      allowLoopback: development,
      userAgent,
      ...(settings.egressProxy === undefined ? {} : { proxy: settings.egressProxy }),
    }),
    development,
    mtls: settings.mtls,
    certificateOf: certificates.of,
    requireDpopNonce: settings.requireDpopNonce === true,
    publishRevokedGrants: settings.publishRevokedGrants !== false,
    dateOf: (seconds) => new Date(seconds * 1000),
    ...emptyMemories(),
    ...signInParts(settings, userAgent),
    now: clock,
    random,
    audit,
    problemPage: async (problem, request) =>
      (await import('../console/problem-page.ts')).showProblem(context, problem, request),
  }
  const authorize = authority(context)
  // People come later than programs: the server is ready before it has read the pages.
  let pages: Promise<Pages> | undefined
  const readPages = (): Promise<Pages> => {
    pages ??= import('../console/routes.ts').then((room) => room.consoleRoutes(context, settings.snippets ?? []))
    return pages
  }
  const doors = settings.resources.flatMap((resource) =>
    door(context, resource, key('sessions'), key('gateway nonces')),
  )

  const origins = [settings.issuer, ...(settings.mtls?.origin === undefined ? [] : [settings.mtls.origin])]
  const warnOfHost = strangeHosts(
    origins.map((origin) => new URL(origin)),
    audit,
  )
  const byMtls = new Set(Object.values(mtlsAliases(context) ?? {}).map((address) => new URL(address).pathname))

  function refuse(error: unknown, visit: Visit): Response {
    if (!(error instanceof OAuthError)) throw error
    audit({ type: 'request.refused', outcome: 'refused', reason: error.reason, ...visit })
    return refusalJson(context, error, visit)
  }

  const endChores = startChores(context, settings.leavesSweeping === true)

  return {
    context,
    fetch: async (request, { remoteAddress, pump, certificate }) => {
      const visit: Visit = {
        correlation: correlationId(random),
        network: networkOf(callerOf(remoteAddress, request.headers.get('x-forwarded-for'), trusted)),
      }
      const path = pathOf(request.url)
      warnOfHost(request, visit)
      try {
        certificates.take(request, { remoteAddress, ...(certificate === undefined ? {} : { certificate }) })
      } catch (error) {
        return refuse(error, visit)
      }
      // Where certificates are asked for, only programs are served.
      const isForAll = certificate === undefined
      const own = isForAll || byMtls.has(path) ? authorize(request, path, visit) : undefined
      if (own !== undefined) return own
      for (const { guard, path: served, enter } of doors) {
        if (path === served || path === `${served}/`) {
          const response = await enter(request, visit)
          return pump === undefined ? response : pump(response)
        }
        // The root document tells of one server; where there are several, only the inserted paths do.
        if (guard.metadataPaths.includes(path) && (doors.length === 1 || path.endsWith(served))) {
          const metadata = guard.answerMetadata(request)
          if (metadata !== undefined) return tellingRead(context, visit, guard.resource, metadata)
        }
      }
      return isForAll ? (await readPages())(request, path, visit) : refuse(NOT_BY_MTLS, visit)
    },
    warm: async () => void (await readPages()),
    close: async () => {
      endChores()
      await flush()
      await store.close()
    },
  }
}

const NOT_BY_MTLS = new OAuthError('invalid_request', 'This is served at the address of the issuer', 'not_by_mtls', {
  status: 404,
})

interface Door {
  readonly guard: Guard
  readonly path: string
  readonly enter: (request: Request, visit: Visit) => Promise<Response>
}

function door(context: AuthorityContext, resource: ServedResource, sessionKey: KeyObject, nonceKey: KeyObject): Door[] {
  if (resource.upstream === undefined) return []
  const names = Object.keys(resource.scopes)
  const senderConstraint =
    resource.senderConstraint ?? (context.policy.senderConstraint === 'required' ? 'required' : undefined)
  const guard = protectResource({
    resource: resource.uri,
    authorizationServers: [context.issuer],
    name: resource.name,
    scopes: resource.scopes,
    firstScopes: resource.defaultScopes,
    authorizationDetailsTypes: Object.keys(resource.authorizationDetailsTypes ?? {}),
    // One scope and no tools of its own: it opens the whole server. Otherwise the tools say what they need.
    requiredScopes: resource.tools === undefined && names.length === 1 ? names : [],
    ...(resource.tools === undefined ? {} : { tools: resource.tools }),
    // The keys are in this process: no request leaves it to verify a token.
    keys: () => async (header) => {
      const publicKey = context.keyring.publicKey(header.kid ?? '')
      if (publicKey === undefined) throw new Error('no such key')
      return publicKey
    },
    now: context.now,
    ...(senderConstraint === undefined ? {} : { senderConstraint }),
    // Shared with every process on this database, and still known after a restart.
    proofs: {
      claim: async (replayKey, until) => (await context.store.claims.claim(`dpop ${replayKey}`, until)) === 'first',
      ...(context.requireDpopNonce
        ? {
            nonce: {
              current: () => dpopNonce(nonceKey, context.now()),
              isGood: (nonce: string) => isGoodNonce(nonceKey, nonce, context.now()),
            },
          }
        : {}),
    },
  })
  return [
    {
      guard,
      path: new URL(resource.uri).pathname,
      enter: gateway({
        guard,
        upstream: resource.upstream,
        standing: async (grantId, issuedAt) =>
          tokenStanding(await context.store.grants.find(grantId), issuedAt, context.now()),
        sessionKey,
        certificateOf: (request) => context.certificateOf(request)?.der,
        audit: context.audit,
        now: context.now,
        ...(resource.forwardHeaders === undefined ? {} : { forwardHeaders: resource.forwardHeaders }),
        ...(resource.hideTools === undefined ? {} : { hideTools: resource.hideTools }),
      }),
    },
  ]
}
