import { keepNewest } from '@doorward/core/kernel/bounded'
import { type Fetched, OutboundError } from '@doorward/core/kernel/outbound'
import { readClientDocument } from '@doorward/core/oauth/client-document'
import { checkClientIdUrl } from '@doorward/core/oauth/client-id-url'
import { OAuthError } from '@doorward/core/oauth/error'
import type { Reason } from '@doorward/core/oauth/reasons'
import type { StoredClient } from '../../store/store.ts'
import { type AuthorityContext, metadataRules, type Visit } from '../context.ts'
import { takeOfBoth } from '../limits.ts'
import { refused } from '../refused.ts'
import { deniedBy, movesAway, notAdmitted } from './decide.ts'
import { freshSeconds } from './freshness.ts'
import { prefetchLogo } from './logos.ts'
import { PINNED_DOCUMENTS } from './pinned-documents.ts'
import { policyNow } from './policy-now.ts'
import { isSharedHost } from './shared-hosts.ts'
import { tellOfResemblance } from './suspicion.ts'

/** What is remembered of documents in this process. All of it can be lost. */
export interface DocumentMemory {
  readonly clients: Map<string, StoredClient>
  readonly failures: Map<string, { readonly until: number; readonly error: OAuthError }>
  readonly underWay: Map<string, Promise<StoredClient>>
  /** Since when a document is known to be taken back. */
  readonly gone: Map<string, number>
}

export const documentMemory = (): DocumentMemory => ({
  clients: new Map(),
  failures: new Map(),
  underWay: new Map(),
  gone: new Map(),
})

const MOST_REMEMBERED = 1000
/** As the draft recommends. */
const MOST_BYTES = 5 * 1024
/** A document that cannot be had is not asked for again at once, however many requests name it. */
const PAUSE_SECONDS = 5
/** How long an old copy may stand in while its server is down. */
const STALE_SECONDS = 7 * 86_400
const RATE_OF_ALL = { burst: 600, perSecond: 10 }
const RATE_OF_NETWORK = { burst: 20, perSecond: 0.2 }

/**
 * The client that a Client Identifier URL stands for (draft-ietf-oauth-client-id-metadata-document, "Client Information
 * Discovery"). A warm copy costs no request; a cold one costs one, however many ask at once.
 * @throws OAuthError `invalid_client` for what the document or its address is, `temporarily_unavailable` where its server
 * cannot be reached and no copy is left.
 */
export async function findDocumentClient(ctx: AuthorityContext, visit: Visit, id: string): Promise<StoredClient> {
  const url = checkClientIdUrl(id, ctx.development)
  await refuseUnfetched(ctx, id, url)
  const now = ctx.now()
  // What people said of it is asked for each time; only what the document says is remembered.
  const stored = await ctx.store.clients.find(id)
  // An operator may register such an id by hand; then the operator's word counts and nothing is fetched.
  if (stored !== undefined && (stored.assurance !== 'domain' || stored.blockedAt !== undefined)) return stored
  if (stored !== undefined && isFresh(stored, now)) return stored
  const remembered = stored === undefined ? ctx.documents.clients.get(id) : undefined
  if (remembered !== undefined && isFresh(remembered, now)) return remembered
  const failure = ctx.documents.failures.get(id)
  if (failure !== undefined && failure.until > now) return standIn(ctx, visit, id, stored ?? remembered, failure.error)
  const running = ctx.documents.underWay.get(id)
  if (running !== undefined) return running
  // One's own budget: that it is spent is nobody else's trouble, and nothing that is remembered of the document.
  const spent = spentBudget(ctx, visit)
  if (spent !== undefined) return standIn(ctx, visit, id, stored ?? remembered, spent)
  return fetchShared(ctx, visit, id, stored, remembered)
}

/** Looks at a document again without keeping anybody waiting; what it says counts from the next request on. */
export function renewDocument(ctx: AuthorityContext, visit: Visit, stored: StoredClient): void {
  if (isFresh(stored, ctx.now()) || stored.assurance !== 'domain') return
  void findDocumentClient(ctx, visit, stored.id).catch(() => undefined)
}

function isFresh(client: StoredClient, now: number): boolean {
  return client.goneAt === undefined && client.freshUntil !== undefined && client.freshUntil > now
}

/** What is decided before any request leaves the machine. */
async function refuseUnfetched(ctx: AuthorityContext, id: string, url: URL): Promise<void> {
  const policy = await policyNow(ctx)
  const denied = deniedBy(policy, { id, assurance: 'domain', metadata: {} })
  if (denied !== undefined) throw notAdmitted(denied)
  const isNamed = policy.allow.some((rule) => 'clientId' in rule && rule.clientId === id)
  if (isSharedHost(url.hostname) && !isNamed) {
    refuse(
      `Anybody can put a document at ${url.hostname}, so it says nothing of who this application is`,
      'document_shared_host',
    )
  }
}

function fetchShared(
  ctx: AuthorityContext,
  visit: Visit,
  id: string,
  stored: StoredClient | undefined,
  remembered: StoredClient | undefined,
): Promise<StoredClient> {
  const { underWay } = ctx.documents
  const fetching = fetchDocument(ctx, visit, id, stored)
    .catch((error: unknown) => {
      if (!(error instanceof OAuthError)) throw error
      keepNewest(ctx.documents.failures, id, { until: ctx.now() + PAUSE_SECONDS, error }, MOST_REMEMBERED)
      return standIn(ctx, visit, id, stored ?? remembered, error)
    })
    .finally(() => underWay.delete(id))
  underWay.set(id, fetching)
  return fetching
}

async function fetchDocument(
  ctx: AuthorityContext,
  visit: Visit,
  id: string,
  stored: StoredClient | undefined,
): Promise<StoredClient> {
  const host = new URL(id).host
  let fetched: Fetched
  try {
    fetched = await ctx.fetchStranger({
      url: id,
      accept: 'application/json',
      mostBytes: MOST_BYTES,
      onBehalfOf: visit.network,
    })
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const description = `The description of this application could not be fetched from ${host}: ${error.message}`
    if (error.isOutage) return outage(description, `document_${error.reason}`)
    return refuse(description, `document_${error.reason}`)
  }
  const client = await read(ctx, visit, id, fetched, stored)
  if (stored === undefined) keepNewest(ctx.documents.clients, id, client, MOST_REMEMBERED)
  ctx.documents.gone.delete(id)
  ctx.documents.failures.delete(id)
  tellOfResemblance(ctx, visit, client)
  prefetchLogo(ctx, visit, client)
  return client
}

async function read(
  ctx: AuthorityContext,
  visit: Visit,
  id: string,
  fetched: Fetched,
  stored: StoredClient | undefined,
): Promise<StoredClient> {
  const now = ctx.now()
  const host = new URL(id).host
  if (fetched.status === 404 || fetched.status === 410) {
    // An answer, not an outage: whoever controls the domain took the application back.
    ctx.documents.clients.delete(id)
    keepNewest(ctx.documents.gone, id, now, MOST_REMEMBERED)
    if (stored !== undefined && stored.goneAt === undefined) {
      await ctx.store.clients.change(id, { goneAt: now }, () => ({
        ...visit,
        type: 'client.gone',
        outcome: 'refused',
        reason: 'document_gone',
        client: id,
      }))
    }
    return refuse(
      `${host} has no description of this application (any more); it answered ${fetched.status}`,
      'document_gone',
    )
  }
  if (fetched.status >= 300 && fetched.status < 400) {
    refuse(
      `${host} redirects (${fetched.status}); a description has to be where its address says`,
      'document_redirects',
    )
  }
  if (fetched.status !== 200) {
    return outage(
      `${host} answered ${fetched.status} instead of the description of this application`,
      'document_status',
    )
  }
  if (!/^application\/(json|[a-z0-9!#$&^_.+-]+\+json)$/.test(fetched.type)) {
    refuse(
      `${host} answered with ${/^[a-z0-9.+/-]{1,60}$/.test(fetched.type) ? fetched.type : 'no content type'} instead of JSON`,
      'document_type',
    )
  }
  const metadata = { ...readClientDocument(id, parse(fetched.body), metadataRules(ctx)) }
  const times = { fetchedAt: now, freshUntil: now + freshSeconds(fetched) }
  ctx.audit({ ...visit, type: 'document.fetched', outcome: 'allowed', reason: 'document_valid', client: id })
  if (stored === undefined) {
    return { id, assurance: 'domain', metadata, createdAt: now, secretsNotBefore: 0, ...times }
  }
  const isChanged = JSON.stringify(metadata) !== JSON.stringify(stored.metadata)
  // An operator admitted what was there then: answers that go elsewhere now are another matter.
  const withdrawApproval = movesAway(stored, metadata)
  await ctx.store.clients.change(id, { metadata, ...times, withdrawApproval }, () =>
    isChanged
      ? {
          ...visit,
          type: 'client.changed',
          outcome: 'allowed',
          reason: withdrawApproval && stored.approvedAt !== undefined ? 'document_moved_away' : 'document_changed',
          client: id,
        }
      : undefined,
  )
  const kept = withdrawApproval ? { ...stored, approvedAt: undefined, askedAt: undefined } : stored
  return { ...kept, metadata, ...times, goneAt: undefined }
}

/** An old copy, or one that came with us, where the server is down; never where its document is gone or wrong. */
function standIn(
  ctx: AuthorityContext,
  visit: Visit,
  id: string,
  old: StoredClient | undefined,
  error: OAuthError,
): StoredClient {
  const now = ctx.now()
  ctx.audit({
    ...refused('document.refused', error),
    ...visit,
    client: id,
  })
  if (error.code !== 'temporarily_unavailable') throw error
  if (old !== undefined && old.goneAt === undefined && (old.fetchedAt ?? 0) + STALE_SECONDS > now) {
    ctx.audit({ ...visit, type: 'document.stale', outcome: 'allowed', reason: error.reason, client: id })
    return old
  }
  // Taken back is taken back, also while its server is down.
  const isGone = old?.goneAt !== undefined || ctx.documents.gone.has(id)
  const pinned = isGone ? undefined : PINNED_DOCUMENTS[id]
  if (pinned === undefined) throw error
  ctx.audit({ ...visit, type: 'document.stale', outcome: 'allowed', reason: 'document_pinned', client: id })
  const metadata = { ...readClientDocument(id, pinned, metadataRules(ctx)) }
  return { id, assurance: 'domain', metadata, createdAt: now, secretsNotBefore: 0, fetchedAt: now, freshUntil: now }
}

function spentBudget(ctx: AuthorityContext, visit: Visit): OAuthError | undefined {
  const now = ctx.now()
  const wait = takeOfBoth(ctx, 'documents', visit, now, { network: RATE_OF_NETWORK, all: RATE_OF_ALL })
  if (wait === 0) return undefined
  const description = `Too many descriptions of applications are being fetched; try again in ${wait} seconds`
  return new OAuthError('temporarily_unavailable', description, 'document_budget', {
    status: 503,
    detail: { retry_after: String(wait) },
  })
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown
  } catch {
    return refuse('The metadata document is not valid JSON in UTF-8', 'document_malformed')
  }
}

function outage(description: string, reason: Reason): never {
  throw new OAuthError('temporarily_unavailable', description, reason, { status: 503 })
}

function refuse(description: string, reason: Reason): never {
  throw new OAuthError('invalid_client', description, reason, { status: 400 })
}
