import { OAuthError } from '@doorward/core/oauth/error'
import type { OutputOf } from '../../authority/admin/act.ts'
import { hasOwnSecret } from '../../authority/admin/actions/client-secrets.ts'
import { emailOf, personMeant } from '../../authority/admin/names.ts'
import type { Permission } from '../../authority/admin/permissions.ts'
import { providerFor } from '../../authority/identity/settings.ts'
import { recentAttempts } from '../../authority/trace/find-trace.ts'
import { clientView } from '../interaction-pages.ts'
import { send } from '../send.ts'
import { type AdminCall, type AdminView, asked, frameOf, govern, oneOf } from './call.ts'
import { ruleOf } from './forms.ts'
import type { GrantLine } from './grant-table.ts'
import type { ClientPageView } from './pages/client.ts'
import { ASSURANCES, CLIENT_STATES, type ClientState } from './pages/clients.ts'
import { ADMIN_PAGES } from './pages/index.ts'
import { EFFECTS, RULE_KINDS } from './pages/rules.ts'

const READ: Permission = 'doorward:admin.read'
const WEEK_MILLISECONDS = 7 * 86_400_000
const MOST_ON_A_PAGE = 50

/** What is governed, and looked at first. */
export const GOVERNED_VIEWS: readonly AdminView[] = [
  { path: '/approvals', permission: READ, show: showApprovals },
  { path: '/clients', permission: READ, show: showClients },
  { path: '/clients/one', permission: READ, show: showClient },
  { path: '/rules', permission: READ, show: showRules },
  { path: '/grants', permission: READ, show: showGrants },
  { path: '/people', permission: READ, show: showPeople },
  { path: '/people/one', permission: READ, show: showPerson },
  { path: '/invites', permission: READ, show: showInvites },
  { path: '/server', permission: READ, show: showServer },
]

type Client = OutputOf<'clients.show'>

async function showApprovals(call: AdminCall): Promise<Response> {
  const { clients, next } = await govern(call, 'clients.list', { state: 'waiting', limit: MOST_ON_A_PAGE })
  const waiting = []
  for (const client of clients) {
    waiting.push({
      client: clientView(call.ctx, { client }),
      digest: client.digest,
      redirectUris: client.metadata.redirect_uris as readonly string[],
      askedAt: client.askedAt,
      askedBy: await emailOf(call.ctx, client.askedBy),
    })
  }
  return send(ADMIN_PAGES.approvals({ frame: await frameOf(call, 'approvals'), waiting, next }, call.words))
}

async function showClients(call: AdminCall): Promise<Response> {
  const { query, words } = call
  const filter = {
    text: asked(query, 'text')?.slice(0, 200),
    state: oneOf(query, 'state', CLIENT_STATES),
    assurance: oneOf(query, 'assurance', ASSURANCES),
  }
  const { clients, next } = await govern(call, 'clients.list', {
    ...filter,
    limit: MOST_ON_A_PAGE,
    after: asked(query, 'after'),
  })
  const lines = clients.map((client) => ({
    id: client.id,
    name: nameOf(client),
    assurance: client.assurance,
    state: stateOf(client),
    createdAt: client.createdAt,
    usedAt: client.usedAt,
  }))
  return send(ADMIN_PAGES.clients({ frame: await frameOf(call, 'clients'), filter, clients: lines, next }, words))
}

async function showClient(call: AdminCall): Promise<Response> {
  const { ctx, query, words } = call
  const id = query.get('id') ?? ''
  const client = await govern(call, 'clients.show', { id })
  const { grants, next } = await govern(call, 'grants.list', { client: id, limit: MOST_ON_A_PAGE })
  const by = { asked: await emailOf(call.ctx, client.askedBy), approved: await emailOf(call.ctx, client.approvedBy) }
  const times = (
    [
      ['asked', client.askedAt, by.asked],
      ['approved', client.approvedAt, by.approved],
      ['blocked', client.blockedAt, undefined],
      ['fetched', client.assurance === 'domain' ? client.fetchedAt : undefined, undefined],
      ['gone', client.goneAt, undefined],
    ] as const
  ).flatMap(([name, at, who]) => (at === undefined ? [] : [{ name, at, by: who }]))
  const view: ClientPageView = {
    frame: await frameOf(call, 'clients'),
    client: clientView(ctx, { client }),
    digest: client.digest,
    state: stateOf(client),
    metadata: client.metadata,
    times,
    createdAt: client.createdAt,
    usedAt: client.usedAt,
    owner: await emailOf(call.ctx, client.owner),
    vouchedBy: client.vouchedBy,
    hasOwnSecret: hasOwnSecret(client),
    grants: grants.map((grant) => lineOf(grant, ctx.now())),
    nextGrant: next,
    attempts: await recentAttempts(ctx, { since: ctx.now() * 1000 - WEEK_MILLISECONDS, client: id, limit: 10 }),
  }
  return send(ADMIN_PAGES.client(view, words))
}

async function showRules(call: AdminCall): Promise<Response> {
  const { query, words } = call
  const given = {
    effect: oneOf(query, 'effect', EFFECTS) ?? 'allow',
    kind: oneOf(query, 'kind', RULE_KINDS) ?? 'clientId',
    value: asked(query, 'value') ?? '',
    note: asked(query, 'note')?.slice(0, 200) ?? '',
  }
  const { rules } = await govern(call, 'rules.list', {})
  const preview = given.value === '' ? undefined : await previewOf(call, given)
  return send(ADMIN_PAGES.rules({ frame: await frameOf(call, 'rules'), rules, given, preview }, words))
}

async function previewOf(call: AdminCall, given: { effect: 'allow' | 'deny'; kind: string; value: string }) {
  try {
    return await govern(call, 'rules.preview', { effect: given.effect, rule: ruleOf(given.kind, given.value) })
  } catch (error) {
    if (error instanceof OAuthError && error.reason === 'admin_input') return { problem: error.description }
    throw error
  }
}

async function showGrants(call: AdminCall): Promise<Response> {
  const { ctx, query, words } = call
  const filter = { person: asked(query, 'person'), client: asked(query, 'client'), all: asked(query, 'all') }
  const { person, client } = filter
  // People know each other by address; a grant knows a person by id.
  const { grants, next } = await govern(call, 'grants.list', {
    person: person === undefined ? undefined : await personMeant(ctx, person),
    client,
    all: filter.all === 'yes',
    limit: MOST_ON_A_PAGE,
    after: asked(query, 'after'),
  })
  const lines = grants.map((grant) => lineOf(grant, ctx.now()))
  return send(ADMIN_PAGES.grants({ frame: await frameOf(call, 'grants'), filter, grants: lines, next }, words))
}

async function showPeople(call: AdminCall): Promise<Response> {
  const { query, words } = call
  const text = asked(query, 'text')?.slice(0, 200)
  const { people, next } = await govern(call, 'people.list', {
    text,
    limit: MOST_ON_A_PAGE,
    after: asked(query, 'after'),
  })
  return send(ADMIN_PAGES.people({ frame: await frameOf(call, 'people'), text, people, next }, words))
}

async function showPerson(call: AdminCall): Promise<Response> {
  const { ctx, query, words } = call
  const person = await govern(call, 'people.show', { id: query.get('id') ?? '' })
  const { grants, next } = await govern(call, 'grants.list', { person: person.id, limit: MOST_ON_A_PAGE })
  const lines = grants.map((grant) => lineOf(grant, ctx.now()))
  const signsInAt = providerFor(ctx.signIn, person.email)?.name
  return send(
    ADMIN_PAGES.person(
      { frame: await frameOf(call, 'people'), person, grants: lines, nextGrant: next, signsInAt },
      words,
    ),
  )
}

async function showInvites(call: AdminCall): Promise<Response> {
  const { invites } = await govern(call, 'invites.list', {})
  const view = { frame: await frameOf(call, 'invites'), now: call.ctx.now(), invites }
  return send(ADMIN_PAGES.invites(view, call.words))
}

async function showServer(call: AdminCall): Promise<Response> {
  const { resources } = await govern(call, 'resources.list', {})
  const { keys } = await govern(call, 'keys.list', {})
  const { issuers } = await govern(call, 'issuers.list', {})
  const policy = await govern(call, 'policy.show', {})
  return send(
    ADMIN_PAGES.server({ frame: await frameOf(call, 'server'), resources, keys, issuers, policy }, call.words),
  )
}

function stateOf({ blockedAt, goneAt, approvedAt, askedAt }: Client): ClientState {
  if (blockedAt !== undefined) return 'blocked'
  if (goneAt !== undefined) return 'gone'
  if (approvedAt !== undefined) return 'admitted'
  return askedAt === undefined ? 'open' : 'waiting'
}

function nameOf({ metadata }: Client): string | undefined {
  return typeof metadata.client_name === 'string' ? metadata.client_name : undefined
}

function lineOf(grant: OutputOf<'grants.list'>['grants'][number], now: number): GrantLine {
  return { ...grant, isLive: grant.revokedAt === undefined && grant.generation > 0 && grant.expiresAt > now }
}
