import { html } from '../../html.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { type GrantLine, grantTable } from '../grant-table.ts'
import { none, pager, withQuery } from '../parts.ts'

export interface GrantsView {
  readonly frame: Frame
  readonly filter: {
    readonly person?: string | undefined
    readonly client?: string | undefined
    readonly all?: string | undefined
  }
  readonly grants: readonly GrantLine[]
  readonly next: string | undefined
}

/** Who allowed which application what. */
export function grantsPage({ frame, filter, grants, next }: GrantsView, words: Words): Page {
  const { admin } = words
  const { grants: word } = words.adminPeople
  const here = `${frame.base}/grants`
  return consolePage({
    words,
    frame,
    title: word.title,
    main: html`<h1>${word.title}</h1><p class="soft">${word.lead}</p>
<form class="filter" method="get" action="${here}"><div><label for="person">${word.person} (${words.adminPeople.email})</label><input class="field" id="person" name="person" maxlength="320" value="${filter.person ?? ''}"></div>
<div><label for="client">${words.adminClients.facts.id}</label><input class="field" id="client" name="client" maxlength="2048" value="${filter.client ?? ''}"></div>
<div><label class="row" for="all"><span>${word.all}</span><input class="checkbox" type="checkbox" id="all" name="all" value="yes"${filter.all !== undefined && html` checked`}></label></div><button class="secondary">${admin.filter}</button></form>
${grants.length === 0 ? none(word.none) : html`<section class="panel">${grantTable(grants, frame, words)}</section>`}
${next !== undefined && pager(admin.next, [withQuery(here, filter), admin.first], [withQuery(here, { ...filter, after: next }), admin.next])}`,
  })
}
