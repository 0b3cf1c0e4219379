import type { AuthorityContext } from '../authority/context.ts'

/** A process that remembers a client and the rules as they were, and has heard of no change since. */
export async function unaware(ctx: AuthorityContext, clientId: string): Promise<AuthorityContext> {
  const client = await ctx.knownClient(clientId)
  const known = { policy: ctx.policy, readAt: ctx.now(), changes: 0 }
  const news = { ...ctx.news, isComplete: () => true, count: () => 0 }
  return { ...ctx, news, knownClient: async () => client, ruleMemory: { known } }
}

/** What may have become of the client meanwhile, and what whoever answers for it is told then. */
export const CHANGED_ELSEWHERE: readonly [
  title: string,
  change: (ctx: AuthorityContext, clientId: string) => Promise<unknown>,
  refusal: RegExp,
][] = [
  ['blocked', ({ store, now }, id) => store.clients.block(id, now()), /blocked by the operator/],
  ['removed', ({ store, now }, id) => store.clients.remove(id, now()), /no longer registered/],
  [
    'sent elsewhere',
    ({ store }, id) => store.clients.change(id, { metadata: { redirect_uris: ['https://else.example/cb'] } }),
    /redirect_uri/,
  ],
  [
    'denied by a rule',
    ({ store, now }, id) => {
      const rule = { id: 'r', effect: 'deny', kind: 'clientId', value: id, note: '', createdBy: 'ada' } as const
      return store.rules.add({ ...rule, createdAt: now() }, { now: now(), most: 100, isMeant: () => false })
    },
    /does not admit/,
  ],
]
