import type { StoredEvent } from '../../../authority/trace/find-trace.ts'
import { html } from '../../html.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { eventTable } from '../event-table.ts'
import { consolePage, type Frame } from '../frame.ts'
import { none, option, pager, withQuery } from '../parts.ts'

export const EVENT_FILTERS = ['type', 'outcome', 'reason', 'client', 'person', 'correlation'] as const
export type EventFilters = Readonly<Partial<Record<(typeof EVENT_FILTERS)[number], string>>>

export interface EventsView {
  readonly frame: Frame
  readonly filter: EventFilters
  readonly events: readonly StoredEvent[]
  /** Older ones come before this id. */
  readonly next: number | undefined
}

/** Every decision, searched and filtered, the newest first. */
export function eventsPage({ frame, filter, events, next }: EventsView, words: Words): Page {
  const { admin, adminEvents } = words
  const here = `${frame.base}/events`
  const field = (name: (typeof EVENT_FILTERS)[number], label: string) =>
    html`<div><label for="${name}">${label}</label><input class="field" id="${name}" name="${name}" maxlength="300" spellcheck="false" value="${filter[name] ?? ''}"></div>`
  const older = next === undefined ? [] : [[withQuery(here, { ...filter, before: String(next) }), admin.older] as const]
  return consolePage({
    words,
    frame,
    title: adminEvents.title,
    main: html`<h1>${adminEvents.title}</h1><p class="soft">${adminEvents.lead}</p>
<form class="filter" method="get" action="${here}">${field('type', adminEvents.type)}<div><label for="outcome">${adminEvents.outcome}</label><select class="field" id="outcome" name="outcome">${option('', admin.any, filter.outcome)}${option('allowed', adminEvents.allowed, filter.outcome)}${option('refused', adminEvents.refused, filter.outcome)}</select></div>${field('reason', admin.reason)}${field('client', words.adminTrace.client)}${field('person', adminEvents.person)}${field('correlation', adminEvents.reference)}<button class="secondary">${admin.filter}</button></form>
${events.length === 0 ? none(adminEvents.none) : html`<section class="panel">${eventTable(events, frame, words)}</section>`}
${pager(admin.older, [withQuery(here, filter), admin.newest], ...older)}`,
  })
}
