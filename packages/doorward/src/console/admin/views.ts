import { clientNames, emailOf } from '../../authority/admin/names.ts'
import type { Permission } from '../../authority/admin/permissions.ts'
import { findTrace, recentAttempts } from '../../authority/trace/find-trace.ts'
import { seeOther, send } from '../send.ts'
import { type AdminCall, type AdminView, asked, baseOf, frameOf, govern, wholeOf } from './call.ts'
import { GOVERNED_VIEWS } from './governed-views.ts'
import { EVENT_FILTERS } from './pages/events.ts'
import { ADMIN_PAGES } from './pages/index.ts'

const READ: Permission = 'doorward:admin.read'
const DAY_MILLISECONDS = 86_400_000
const MOST_ATTEMPTS = 60
const MOST_FAILED_SHOWN = 6
const DAYS = 14

/** Every page of the console that is looked at. */
export const VIEWS: readonly AdminView[] = [
  { path: '', permission: READ, show: showOverview },
  { path: '/traces', permission: READ, show: showTraces },
  {
    path: '/trace',
    permission: READ,
    show: async ({ ctx, query }) => {
      const reference = asked(query, 'ref')
        ?.toUpperCase()
        .replace(/[^0-9A-Z]/g, '')
        .slice(0, 40)
      return seeOther(
        `${baseOf(ctx)}/${reference === undefined || reference === '' ? 'traces' : `trace/${reference}`}`,
        [],
      )
    },
  },
  { path: '/trace/*', permission: READ, show: showTrace },
  { path: '/events', permission: READ, show: showEvents },
  ...GOVERNED_VIEWS,
]

async function showOverview(call: AdminCall): Promise<Response> {
  const { ctx, words } = call
  const span = { step: 'day', steps: DAYS } as const
  const failed = (
    await recentAttempts(ctx, { since: ctx.now() * 1000 - DAY_MILLISECONDS, limit: MOST_ATTEMPTS })
  ).filter(({ outcome }) => outcome === 'refused' || outcome === 'silent')
  const shown = failed.slice(0, MOST_FAILED_SHOWN)
  const view = {
    frame: await frameOf(call, 'overview'),
    registrations: await govern(call, 'events.count', { question: 'registrations', ...span }),
    grants: await govern(call, 'events.count', { question: 'grants', ...span }),
    refusals: await govern(call, 'events.count', { question: 'refusals', ...span }),
    failed: shown,
    failedCount: failed.length,
    names: await clientNames(
      ctx,
      shown.map(({ client }) => client),
    ),
  }
  return send(ADMIN_PAGES.overview(view, words))
}

async function showTraces(call: AdminCall): Promise<Response> {
  const { ctx, words } = call
  const attempts = await recentAttempts(ctx, { since: ctx.now() * 1000 - 2 * DAY_MILLISECONDS, limit: MOST_ATTEMPTS })
  const names = await clientNames(
    ctx,
    attempts.map(({ client }) => client),
  )
  return send(ADMIN_PAGES.traces({ frame: await frameOf(call, 'traces'), attempts, names }, words))
}

async function showTrace(call: AdminCall): Promise<Response> {
  const { ctx, words, query } = call
  const reference = (query.get('segment') ?? '').slice(0, 40)
  const { attempt, events } = await findTrace(ctx, reference)
  const { client, actor } = attempt ?? {}
  const view = {
    frame: await frameOf(call, 'traces'),
    errors: `${ctx.issuer}/errors`,
    reference,
    attempt,
    events,
    clientName: (await clientNames(ctx, [client])).get(client ?? ''),
    person: await emailOf(ctx, actor),
  }
  return send(ADMIN_PAGES.trace(view, words))
}

async function showEvents(call: AdminCall): Promise<Response> {
  const { words, query } = call
  const filter = Object.fromEntries(
    EVENT_FILTERS.flatMap((name) => {
      const text = asked(query, name)?.slice(0, 300)
      return text === undefined ? [] : [[name, text]]
    }),
  )
  const { type, outcome, ...rest } = filter
  const before = wholeOf(asked(query, 'before'))
  const { events, next } = await govern(call, 'events.list', {
    ...rest,
    ...(type === undefined || !/^[a-z.-]{1,60}$/.test(type) ? {} : { type: [type] }),
    ...(outcome === 'allowed' || outcome === 'refused' ? { outcome } : {}),
    ...(before === undefined ? {} : { before }),
    limit: 50,
  })
  const view = { frame: await frameOf(call, 'events'), filter, events, next }
  return send(ADMIN_PAGES.events(view as Parameters<typeof ADMIN_PAGES.events>[0], words))
}
