import type { Attempt } from '../../../authority/trace/attempt.ts'
import { type Html, html } from '../../html.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { attemptTable } from '../attempt-table.ts'
import { type Counted, chart, seriesOf, sum } from '../chart.ts'
import { addressOf, consolePage, type Frame } from '../frame.ts'
import { none } from '../parts.ts'

export interface OverviewView {
  readonly frame: Frame
  readonly registrations: Counted
  readonly grants: Counted
  readonly refusals: Counted
  readonly failed: readonly Attempt[]
  readonly failedCount: number
  readonly names: ReadonlyMap<string, string>
}

/** Everybody is told so who has just come: that refuses nobody anything. */
const BEGINNINGS: ReadonlySet<string> = new Set(['no_credentials', 'admin_not_signed_in'])

/** What an operator looks at first: what waits, what failed, and how it has been. */
export function overviewPage(view: OverviewView, words: Words): Page {
  const { frame } = view
  const { adminOverview } = words
  const registrations = together(view.registrations, adminOverview.registrations)
  const grants = together(only(view.grants, 'consent.given'), adminOverview.grants)
  const counts = view.refusals.counts.filter(({ key }) => !BEGINNINGS.has(key))
  const refusals = seriesOf({ ...view.refusals, counts }, adminOverview.others)
  return consolePage({
    words,
    frame,
    title: adminOverview.title,
    main: html`<h1>${adminOverview.title}</h1><p class="soft">${adminOverview.lead}</p>
<div class="tiles">${tile(frame.waiting, adminOverview.tiles.waiting, addressOf(frame, 'approvals'))}${tile(view.failedCount, adminOverview.tiles.failed, addressOf(frame, 'traces'))}${tile(totalOf(registrations), adminOverview.tiles.registrations, addressOf(frame, 'clients'))}${tile(totalOf(grants), adminOverview.tiles.grants, addressOf(frame, 'grants'))}${tile(totalOf(refusals), adminOverview.tiles.refusals, `${addressOf(frame, 'events')}?outcome=refused`)}</div>
<div class="columns"><div>${chart(adminOverview.registrationsChart, registrations, view.registrations, words)}${chart(adminOverview.grantsChart, grants, view.grants, words)}</div>${chart(adminOverview.refusalsChart, refusals, view.refusals, words)}</div>
<section class="panel" aria-labelledby="failed"><h2 id="failed">${adminOverview.failedTitle}</h2>${view.failed.length === 0 ? none(adminOverview.noneFailed) : attemptTable(view.failed, view.names, frame, words)}<p class="small"><a href="${addressOf(frame, 'traces')}">${adminOverview.allTraces}</a></p></section>`,
  })
}

function tile(count: number, label: (count: number) => string, href: string): Html {
  return html`<a class="tile" href="${href}"><strong>${count}</strong><span class="small soft">${label(count)}</span></a>`
}

function only(counted: Counted, key: string): Counted {
  return { ...counted, counts: counted.counts.filter((count) => count.key === key) }
}

function together(counted: Counted, label: string) {
  return seriesOf({ ...counted, counts: counted.counts.map((count) => ({ ...count, key: label })) }, label)
}

function totalOf(series: ReturnType<typeof seriesOf>): number {
  return sum(series.flatMap(({ values }) => values))
}
