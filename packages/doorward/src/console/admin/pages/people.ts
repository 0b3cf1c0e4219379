import { html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { none, pager, state, table, typedInto, withQuery } from '../parts.ts'

export interface PersonLine {
  readonly id: string
  readonly email: string
  readonly operator: boolean
  readonly groups: readonly string[]
  readonly createdAt: number
  readonly disabledAt?: number | undefined
}

export interface PeopleView {
  readonly frame: Frame
  readonly text: string | undefined
  readonly people: readonly PersonLine[]
  readonly next: string | undefined
}

/** Everybody who can sign in, and a form for one more. */
export function peoplePage({ frame, text, people, next }: PeopleView, words: Words): Page {
  const { admin, adminPeople } = words
  const here = `${frame.base}/people`
  const form = typedInto(frame, 'person-added')
  return consolePage({
    words,
    frame,
    title: adminPeople.title,
    main: html`<h1>${adminPeople.title}</h1><p class="soft">${adminPeople.lead}</p>
<form class="filter" method="get" action="${here}"><div><label for="text">${adminPeople.search}</label><input class="field" id="text" name="text" type="search" maxlength="200" value="${text ?? ''}"></div><button class="secondary">${admin.filter}</button></form>
${
  people.length === 0
    ? none(adminPeople.none)
    : html`<section class="panel">${table(
        adminPeople.title,
        [
          { title: adminPeople.email },
          { title: adminPeople.role },
          { title: adminPeople.state },
          { title: adminPeople.groups },
          { title: adminPeople.since },
        ],
        people.map((person) => [
          html`<a href="${withQuery(`${here}/one`, { id: person.id })}">${isolated(person.email)}</a>`,
          person.operator ? adminPeople.operator : adminPeople.person,
          person.disabledAt === undefined ? state('good', adminPeople.active) : state('bad', adminPeople.disabled),
          isolated(person.groups.join(', ')),
          moment(words, person.createdAt),
        ]),
      )}</section>`
}
${next !== undefined && pager(admin.next, [withQuery(here, { text }), admin.first], [withQuery(here, { text, after: next }), admin.next])}
<details class="panel"${form.isBack && html` open`}><summary>${adminPeople.add}</summary><form method="post" action="${here}/add"><input type="hidden" name="request" value="${frame.request}">
<p class="small soft">${adminPeople.addText}</p>
<label for="email">${adminPeople.email}</label><input class="field" id="email" name="email" type="email" required maxlength="254" autocomplete="off" value="${form.value('email')}"${form.marks('email')}>
<label class="row" for="operator"><span>${adminPeople.addOperator}</span><input class="checkbox" type="checkbox" id="operator" name="operator" value="yes"${form.value('operator') === 'yes' && html` checked`}></label>
<div class="buttons"><button class="primary">${adminPeople.add}</button></div></form></details>`,
  })
}
