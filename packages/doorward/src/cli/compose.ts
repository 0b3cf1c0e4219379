import type { FetchStranger } from '@doorward/core/kernel/outbound'
import { deriveKey } from '@doorward/core/kernel/seal'
import { VERSION } from '@doorward/core/kernel/version'
import { whenNeeded } from '@doorward/core/kernel/when-needed'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import { isLoopbackHost } from '@doorward/core/oauth/redirect-uri'
import type { SigningAlgorithm } from '@doorward/core/token/access-token'
import { adminResource } from '../authority/admin/permissions.ts'
import { authority } from '../authority/authority.ts'
import {
  type AuthorityContext,
  LIFETIMES,
  type Lifetimes,
  REGISTRATION,
  type RegistrationSettings,
  type Visit,
} from '../authority/context.ts'
import { refusalJson } from '../authority/http.ts'
import type { GroupRules } from '../authority/identity/group-rules.ts'
import type { SignInSettings } from '../authority/identity/settings.ts'
import { correlationId } from '../authority/ids.ts'
import { openKeyring } from '../authority/keys/keyring.ts'
import { emptyMemories } from '../authority/memories.ts'
import { type MtlsSettings, mtlsAliases } from '../authority/mtls.ts'
import { newsOf } from '../authority/news.ts'
import { knownClient } from '../authority/registration/known-client.ts'
import type { Policy } from '../authority/registration/policies/policy.ts'
import type { AssertionIssuer } from '../authority/token/assertion-issuer.ts'
import { rememberedStanding } from '../authority/token/remembered-standing.ts'
import { tellingRead } from '../authority/trace/sightings.ts'
import { guardedFetch } from '../outbound/guarded-fetch.ts'
import { openStore } from '../store/index.ts'
import type { StoreObserver } from '../store/observed.ts'
import type { Store } from '../store/store.ts'
import { auditQueue } from './audit-queue.ts'
import type { CertificateHeader } from './certificate-header.ts'
import { startChores } from './chores.ts'
import { clientCertificates } from './client-certificates.ts'
import { databaseProblem } from './database-problem.ts'
import { derivedKeys } from './derived-keys.ts'
import { door, isAt, type ServedResource } from './door.ts'
import { giveWay } from './give-way.ts'
import { keySettings } from './key-settings.ts'
import type { RequestInfo } from './listen.ts'
import { callerOf, isAmong, networkOf, readProxies } from './network.ts'
import { policyOf } from './policy.ts'
import { UsageError } from './problem.ts'
import { pooledRandom } from './randomness.ts'
import { pathOf } from './request-path.ts'
import { signInParts } from './sign-in.ts'
import type { Snippet } from './snippets.ts'
import { strangeHosts } from './strange-hosts.ts'
import type { Telemetry } from './telemetry.ts'
import { unreadRequests } from './unread-requests.ts'

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
  readonly telemetry?: Telemetry | undefined
  /** The number of this process, where several are one server. */
  readonly worker?: number
  /** Hints for whoever runs this, on standard error. */
  readonly say?: (line: string) => void
  /** Metadata documents at this computer are fetched. Refuses to start with an issuer that is elsewhere. */
  readonly development?: boolean
}

// People come later than programs: the server is ready before it has read the pages.
const readConsole = whenNeeded(() => import('../console/routes.ts'))
const readProblemPage = whenNeeded(() => import('../console/problem-page.ts'))

type Caller = Pick<RequestInfo, 'remoteAddress'> & Partial<RequestInfo>

export interface House {
  readonly context: AuthorityContext
  readonly fetch: (request: Request, caller: Caller) => Promise<Response>
  /** Is told of a request that could not be read as one. */
  readonly unread: (reason: Reason, remoteAddress: string | undefined) => void
  /** Reads what the first person would wait for. */
  readonly warm: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What signing keys are sealed under is derived for. */
export const SIGNING_KEYS = 'signing keys'

/** Seconds since 1970. */
export const clock = (): number => Math.floor(Date.now() / 1000)

export function openDatabase(path: string, observer?: StoreObserver): Store {
  try {
    return openStore(path, () => Date.now(), observer)
  } catch (error) {
    throw databaseProblem(error, path)
  }
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
  const watch = settings.telemetry?.watch
  const store = openDatabase(settings.database, watch?.store)
  const random = pooledRandom()
  const events = auditQueue(store, (error) => {
    const { message } = databaseProblem(error, settings.database) as Error
    settings.say?.(`Events cannot be written, and so perhaps nothing else: ${message}`)
  })
  const audit = watch?.audit(events.audit) ?? events.audit
  // One clock for all processes on a database: its own.
  const now = () => Math.floor((Date.now() + store.clockAhead()) / 1000)
  const key = (purpose: string) => deriveKey(settings.secret, purpose)
  const trusted = readProxies(settings.trustedProxies)
  const userAgent = `doorward/${VERSION} (+${settings.issuer})`
  const certificates = clientCertificates(settings.mtls?.header, typeof trusted === 'number' ? [] : trusted)
  const signIn = signInParts(settings, userAgent)
  const watched = watch?.fetch ?? ((fetch: FetchStranger) => fetch)
  const news = newsOf(store.changes, () => performance.now())
  const context: AuthorityContext = {
    issuer: settings.issuer,
    store,
    keyring: await openKeyring(store, key(SIGNING_KEYS), { now, random }, keySettings(settings)),
    keys: derivedKeys(key),
    resources: settings.resources.map((one) => (one.upstream === undefined ? { ...one, verifiesItself: true } : one)),
    admin: adminResource(settings.issuer),
    groupRules: settings.groupRules ?? new Map(),
    lifetimes: { ...LIFETIMES, refreshRepeat: policy.refreshRepeatSeconds, ...settings.lifetimes },
    redirectSchemes: settings.redirectSchemes ?? [],
    policy,
    registration: { ...REGISTRATION, ...settings.registration },
    assertionIssuers: settings.assertionIssuers ?? [],
    fetchStranger: watched(guardedFetch({ allowLoopback: development, userAgent, proxy: settings.egressProxy })),
    development,
    mtls: settings.mtls,
    certificateOf: certificates.of,
    requireDpopNonce: settings.requireDpopNonce === true,
    publishRevokedGrants: settings.publishRevokedGrants !== false,
    dateOf: (seconds) => new Date(seconds * 1000),
    ...emptyMemories(),
    news,
    knownClient: knownClient({ store, news, now }),
    ...signIn,
    fetchProvider: watched(signIn.fetchProvider),
    now,
    random,
    audit,
    problemPage: async (problem, request) => (await readProblemPage()).showProblem(context, problem, request),
    consentPage: async (request, visit, asked) => (await readConsole()).askPerson(context, request, visit, asked),
  }
  const authorize = authority(context)
  const readPages = whenNeeded(async () => (await readConsole()).consoleRoutes(context, settings.snippets ?? []))
  const standing = rememberedStanding(context)
  const doors = settings.resources.flatMap((resource) => door(context, standing, resource, key, watch))

  const origins = [settings.issuer, ...(settings.mtls?.origin === undefined ? [] : [settings.mtls.origin])]
  const warnOfHost = strangeHosts(
    origins.map((origin) => new URL(origin)),
    audit,
    now,
  )
  const byMtls = new Set(Object.values(mtlsAliases(context) ?? {}).map((address) => new URL(address).pathname))

  function refuse(error: unknown, visit: Visit): Response {
    if (!(error instanceof OAuthError)) throw error
    audit({ type: 'request.refused', outcome: 'refused', reason: error.reason, ...visit })
    return refusalJson(context, error, visit)
  }

  const endChores = startChores(context)
  settings.telemetry?.attach({
    keys: store.keys.list,
    signingKid: () => context.keyring.signing.kid,
    keySettings: keySettings(settings),
    databaseWaiting: store.waiting,
    clockAhead: store.clockAhead,
    areChangesHeard: news.isComplete,
    eventsWaiting: events.waiting,
    eventsDropped: events.dropped,
  })

  async function answer(request: Request, path: string, visit: Visit, { remoteAddress, certificate }: Caller) {
    warnOfHost(request, visit)
    try {
      certificates.take(request, { remoteAddress, certificate })
    } catch (error) {
      return refuse(error, visit)
    }
    // Where certificates are asked for, only programs are served.
    const isForAll = certificate === undefined
    const own = isForAll || byMtls.has(path) ? authorize(request, path, visit) : undefined
    if (own !== undefined) return own
    for (const { guard, path: served, enter } of doors) {
      if (isAt(served, path)) return enter(request, visit)
      // The root document tells of one server; where there are several, only the inserted paths do.
      if (guard.metadataPaths.includes(path) && (doors.length === 1 || path.endsWith(served))) {
        const metadata = guard.answerMetadata(request)
        if (metadata !== undefined) return tellingRead(context, visit, guard.resource, metadata)
      }
    }
    return isForAll ? (await readPages())(request, path, visit) : refuse(NOT_BY_MTLS, visit)
  }

  return {
    context,
    fetch: async (request, caller) => {
      const { remoteAddress, pump } = caller
      const visit: Visit = {
        correlation: correlationId(random),
        network: networkOf(callerOf(remoteAddress, request.headers.get('x-forwarded-for'), trusted)),
      }
      const path = pathOf(request.url)
      const ask = () => answer(request, path, visit, caller)
      const response =
        watch === undefined
          ? await ask()
          : await watch.serve(
              { request, path, ...visit, isFromProxy: typeof trusted !== 'number' && isAmong(remoteAddress, trusted) },
              ask,
            )
      // Asked for its headers, an answer becomes a costlier one: only what passes a door may have to be pumped.
      if (pump === undefined || !doors.some((door) => isAt(door.path, path))) return response
      // What is known to its last byte needs no pump.
      return response.headers.has('content-length') ? response : pump(response)
    },
    unread: unreadRequests(audit, now),
    warm: async () => {
      await readPages()
      await giveWay()
    },
    close: async () => {
      endChores()
      await events.flush()
      await store.close()
    },
  }
}

const NOT_BY_MTLS = new OAuthError('invalid_request', 'This is served at the address of the issuer', 'not_by_mtls', {
  status: 404,
})
