import type { Attempt } from '../../../authority/trace/attempt.ts'
import { address, html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { explain } from '../explain.ts'
import { consolePage, type Frame } from '../frame.ts'
import { none, state, table } from '../parts.ts'
import { MOODS, shownClient } from './trace.ts'

export interface TracesView {
  readonly frame: Frame
  readonly attempts: readonly Attempt[]
  /** What clients call themselves, by id. */
  readonly names: ReadonlyMap<string, string>
}

/** The attempts of late, those that failed first. */
export function tracesPage({ frame, attempts, names }: TracesView, words: Words): Page {
  const { adminTrace, admin } = words
  return consolePage({
    words,
    frame,
    title: adminTrace.title,
    main: html`<h1>${adminTrace.title}</h1><p class="soft">${adminTrace.lead}</p>
<form class="filter" method="get" action="${frame.base}/trace"><div><label for="ref">${adminTrace.find}</label><input class="field code" id="ref" name="ref" required maxlength="40" autocomplete="off" spellcheck="false"></div><button class="primary">${adminTrace.findButton}</button></form>
${
  attempts.length === 0
    ? none(adminTrace.none)
    : html`<section class="panel">${table(
        adminTrace.title,
        [
          { title: adminTrace.began },
          { title: adminTrace.client },
          { title: '' },
          { title: adminTrace.stoppedAt },
          { title: adminTrace.cause },
          { title: '' },
        ],
        attempts.map((attempt) => {
          const { outcome, stoppedAt, client, reference } = attempt
          return [
            moment(words, attempt.startedAt / 1000),
            html`${shownClient(attempt, names.get(client ?? ''), words)}${attempt.resource !== undefined && html`<span class="line small soft">${address(attempt.resource)}</span>`}`,
            state(MOODS[outcome], adminTrace.outcomes[outcome]),
            stoppedAt === undefined ? '' : adminTrace.names[stoppedAt],
            html`<span class="small">${explain(attempt, words)?.cause}</span>`,
            reference === ''
              ? ''
              : html`<a href="${frame.base}/trace/${encodeURIComponent(reference)}" aria-label="${admin.trace}: ${reference}">${isolated(reference)}</a>`,
          ]
        }),
      )}</section>`
}`,
  })
}
