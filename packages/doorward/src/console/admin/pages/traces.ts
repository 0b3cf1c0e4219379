import type { Attempt } from '../../../authority/trace/attempt.ts'
import { html } from '../../html.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { attemptTable } from '../attempt-table.ts'
import { consolePage, type Frame } from '../frame.ts'
import { none } from '../parts.ts'

export interface TracesView {
  readonly frame: Frame
  readonly attempts: readonly Attempt[]
  /** What clients call themselves, by id. */
  readonly names: ReadonlyMap<string, string>
}

/** The attempts of late, those that failed first. */
export function tracesPage({ frame, attempts, names }: TracesView, words: Words): Page {
  const { adminTrace } = words
  return consolePage({
    words,
    frame,
    title: adminTrace.title,
    main: html`<h1>${adminTrace.title}</h1><p class="soft">${adminTrace.lead}</p>
<form class="filter" method="get" action="${frame.base}/trace"><div><label for="ref">${adminTrace.find}</label><input class="field" id="ref" name="ref" required maxlength="40" autocomplete="off" spellcheck="false"></div><button class="primary">${adminTrace.findButton}</button></form>
${attempts.length === 0 ? none(adminTrace.none) : html`<section class="panel">${attemptTable(attempts, names, frame, words)}</section>`}`,
  })
}
