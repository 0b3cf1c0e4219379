import { html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { type GrantLine, grantTable, moreGrants } from '../grant-table.ts'
import { actButton, none, state, typedInto, withQuery } from '../parts.ts'
import type { PersonLine } from './people.ts'

export interface PersonView {
  readonly frame: Frame
  readonly person: PersonLine
  readonly grants: readonly GrantLine[]
  /** After which more of them come, if any. */
  readonly nextGrant?: string | undefined
  /** The identity provider that speaks for their address; no password is taken for it. */
  readonly signsInAt?: string | undefined
}

/** One person: whether they may sign in, their groups, what they allowed. */
export function personPage({ frame, person, grants, nextGrant, signsInAt }: PersonView, words: Words): Page {
  const { adminPeople, admin } = words
  const fields = { id: person.id }
  const form = typedInto(frame, 'person-groups')
  const isOut = person.disabledAt !== undefined
  const own = person.groups.filter((group) => !group.includes('/'))
  const others = person.groups.filter((group) => group.includes('/'))
  return consolePage({
    words,
    frame,
    title: person.email,
    main: html`<h1>${isolated(person.email)}</h1><p>${state(person.operator ? 'good' : 'even', person.operator ? adminPeople.operator : adminPeople.person)} ${isOut ? state('bad', adminPeople.disabled) : state('good', adminPeople.active)}</p>
<div class="buttons">${isOut ? actButton(frame, { path: '/people/enable', fields, label: adminPeople.enable }) : html`${actButton(frame, { path: '/people/sign-out', fields, label: adminPeople.signOut })}${signsInAt === undefined ? actButton(frame, { path: '/people/password', fields, label: adminPeople.newPassword }) : actButton(frame, { path: '/people/no-password', fields, label: adminPeople.noPassword })}${actButton(frame, { path: '/people/disable', fields, label: adminPeople.disable, look: 'danger' })}`}</div>
${signsInAt !== undefined && html`<p class="small soft">${adminPeople.signsInAt(isolated(signsInAt))}</p>`}
<section class="panel"><dl class="facts"><div><dt>${adminPeople.since}</dt><dd>${moment(words, person.createdAt)}</dd></div>${others.length > 0 && html`<div><dt>${adminPeople.groups}</dt><dd>${others.map((group) => html`<span class="line">${isolated(group)}</span>`)}</dd></div>`}</dl>
<form method="post" action="${frame.base}/people/groups"><input type="hidden" name="request" value="${frame.request}"><input type="hidden" name="id" value="${person.id}"><label for="groups">${adminPeople.groupsOwn}</label><textarea class="field" id="groups" name="groups" rows="3" spellcheck="false"${form.marks('groups')}>${form.value('groups', own.join('\n'))}</textarea><input type="hidden" name="before" value="${form.value('before', own.join('\n'))}"><p class="small soft">${adminPeople.groupsProvider}</p><div class="buttons"><button class="secondary">${adminPeople.save}</button></div></form></section>
<section class="panel" aria-labelledby="connections"><h2 id="connections">${adminPeople.connections}</h2>${grants.length === 0 ? none(adminPeople.grants.none) : html`${grantTable(grants, frame, words)}${moreGrants(frame, { person: person.email }, nextGrant, words)}`}</section>
<p class="small"><a href="${withQuery(`${frame.base}/events`, { person: person.id })}">${admin.sections.events}</a></p>`,
  })
}
