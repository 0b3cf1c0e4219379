import { isClientIdUrl } from '@doorward/core/oauth/client-id-url'
import type { StoredClient } from '../../store/store.ts'
import { type Decision, decide, deniedBy, isRuled } from '../registration/decide.ts'
import type { Policy, Rule } from '../registration/policies/policy.ts'
import { policyNow } from '../registration/policy-now.ts'
import type { GoverningContext } from './actions/action.ts'

const WEEK_MILLISECONDS = 7 * 86_400_000
const MOST_CLIENTS = 20_000
const PAGE = 500
const MOST_SHOWN = 200
const AT_ONCE = 100

/**
 * What a rule would have decided: for every client that is known, and for each that came in the last week, also where it was
 * never registered. Where an answer goes is not remembered, so each redirect that a client registered counts.
 */
export async function previewRule(ctx: GoverningContext, effect: 'allow' | 'deny', rule: Rule) {
  const now = ctx.now()
  const since = now * 1000 - WEEK_MILLISECONDS
  const before = await policyNow(ctx)
  const after: Policy = { ...before, [effect]: [...before[effect], rule] }
  const came = new Map(
    (await ctx.store.governing.attempts(since, MOST_CLIENTS)).map(({ client, count }) => [client, count]),
  )
  const live = await ctx.store.governing.liveGrants(now, MOST_CLIENTS)
  const clients = await knownClients(ctx)
  const ids = new Set(clients.map(({ id }) => id))
  for (const id of [...came.keys(), ...live.keys()]) if (!ids.has(id)) clients.push(strangerOf(id))
  const alone = { ...before, allow: [], deny: [], [effect]: [rule] }
  const changes = []
  let endedGrants = 0
  for (const [i, client] of clients.entries()) {
    // Others are answered meanwhile: to look at many clients by many rules takes long.
    if (i % AT_ONCE === AT_ONCE - 1) await new Promise<void>((resolve) => setImmediate(resolve))
    if (effect === 'deny' && deniedBy(alone, client) !== undefined) endedGrants += live.get(client.id) ?? 0
    const change = client.blockedAt === undefined ? changeOf(before, after, alone, client) : undefined
    if (change === undefined) continue
    const { client_name: name } = client.metadata
    changes.push({
      client: client.id,
      name: typeof name === 'string' ? name : undefined,
      assurance: client.assurance,
      ...change,
      attempts: came.get(client.id) ?? 0,
      grants: live.get(client.id) ?? 0,
    })
  }
  return {
    since,
    clients: clients.length,
    attempts: [...came.values()].reduce((sum, count) => sum + count, 0),
    changes: changes.toSorted((a, b) => b.attempts - a.attempts || b.grants - a.grants).slice(0, MOST_SHOWN),
    changedClients: changes.length,
    changedAttempts: changes.reduce((sum, { attempts }) => sum + attempts, 0),
    endedGrants,
  }
}

function changeOf(
  before: Policy,
  after: Policy,
  alone: Policy,
  client: StoredClient,
): { readonly before: Decision; readonly after: Decision } | undefined {
  const registered = (client.metadata.redirect_uris as readonly string[] | undefined) ?? []
  for (const uri of registered.length === 0 ? [undefined] : registered) {
    // Whom the new rule does not mean is decided as before, by however many rules there are.
    if (!isRuled(alone, client, uri)) continue
    const pair = { before: decide(before, client, uri), after: decide(after, client, uri) }
    if (pair.before.verdict !== pair.after.verdict) return pair
  }
  return undefined
}

async function knownClients(ctx: GoverningContext): Promise<StoredClient[]> {
  const clients: StoredClient[] = []
  let after: string | undefined
  do {
    const page = await ctx.store.governing.clients({ limit: PAGE, after })
    clients.push(...page.items)
    after = page.next
  } while (after !== undefined && clients.length < MOST_CLIENTS)
  return clients
}

/** Who came and is no row: a document that nobody agreed to yet, or one whose registration was forgotten. */
function strangerOf(id: string): StoredClient {
  const assurance = isClientIdUrl(id) ? 'domain' : 'claimed'
  return { id, assurance, metadata: {}, createdAt: 0, secretsNotBefore: 0 }
}
