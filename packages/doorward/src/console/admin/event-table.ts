import type { StoredEvent } from '../../authority/trace/find-trace.ts'
import { claimed, type Html, html } from '../html.ts'
import { moment } from '../moment.ts'
import type { Words } from '../words/words.ts'
import type { Frame } from './frame.ts'
import { state, table } from './parts.ts'

/** Events as they are remembered, each with its way to the story that it belongs to. */
export function eventTable(events: readonly StoredEvent[], frame: Pick<Frame, 'base'>, words: Words): Html {
  const { adminEvents } = words
  return table(
    adminEvents.title,
    [
      { title: adminEvents.time },
      { title: adminEvents.outcome },
      { title: adminEvents.what },
      { title: adminEvents.who },
      { title: adminEvents.detail },
      { title: adminEvents.reference },
    ],
    events.map((event) => [
      moment(words, event.at / 1000),
      event.outcome === 'allowed' ? state('good', adminEvents.allowed) : state('bad', adminEvents.refused),
      html`<code>${event.type}</code><span class="line small soft"><code>${claimed(event.reason)}</code></span>`,
      who(event),
      html`<span class="small">${Object.entries(event.detail ?? {}).map(([name, value]) => html`<span class="line"><span class="soft">${claimed(name)}</span> ${claimed(String(value), 200)}</span>`)}</span>`,
      event.correlation === undefined
        ? ''
        : html`<a class="address" href="${frame.base}/trace/${encodeURIComponent(event.correlation)}">${event.correlation}</a>`,
    ]),
  )
}

function who({ client, actor, network, resource }: StoredEvent): Html {
  return html`<span class="small">${[client, actor, resource, network].map((name) => name !== undefined && name !== '' && html`<span class="line address">${claimed(name, 120)}</span>`).filter((line) => line !== false)}</span>`
}
