import { address, claimed, html } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { type Mood, none, option, pager, state, table, typedInto, withQuery } from '../parts.ts'

export const CLIENT_STATES = ['open', 'waiting', 'admitted', 'blocked', 'gone'] as const
export type ClientState = (typeof CLIENT_STATES)[number]
export const ASSURANCES = ['operator', 'user', 'statement', 'domain', 'invited', 'claimed'] as const

export const STATE_MOODS: Readonly<Record<ClientState, Mood>> = {
  open: 'even',
  waiting: 'warn',
  admitted: 'good',
  blocked: 'bad',
  gone: 'warn',
}

export interface ClientLine {
  readonly id: string
  readonly name: string | undefined
  readonly assurance: (typeof ASSURANCES)[number]
  readonly state: ClientState
  readonly createdAt: number
  readonly usedAt: number | undefined
}

export interface ClientsView {
  readonly frame: Frame
  readonly filter: {
    readonly text?: string | undefined
    readonly state?: string | undefined
    readonly assurance?: string | undefined
  }
  readonly clients: readonly ClientLine[]
  /** Where the list goes on. */
  readonly next: string | undefined
}

/** Every application, searched and filtered, and a form for one more. */
export function clientsPage({ frame, filter, clients, next }: ClientsView, words: Words): Page {
  const { admin, adminClients } = words
  const here = `${frame.base}/clients`
  const form = typedInto(frame, 'client-added')
  return consolePage({
    words,
    frame,
    title: adminClients.title,
    main: html`<h1>${adminClients.title}</h1><p class="soft">${adminClients.lead}</p>
<form class="filter" method="get" action="${here}"><div><label for="text">${adminClients.search}</label><input class="field" id="text" name="text" type="search" maxlength="200" value="${filter.text ?? ''}"></div>
<div><label for="state">${adminClients.state}</label><select class="field" id="state" name="state">${option('', admin.any, filter.state)}${CLIENT_STATES.map((one) => option(one, adminClients.states[one], filter.state))}</select></div>
<div><label for="assurance">${adminClients.knownBy}</label><select class="field" id="assurance" name="assurance">${option('', admin.any, filter.assurance)}${ASSURANCES.map((one) => option(one, adminClients.assurances[one], filter.assurance))}</select></div>
<button class="secondary">${admin.filter}</button></form>
${
  clients.length === 0
    ? none(adminClients.none)
    : html`<section class="panel">${table(
        adminClients.title,
        [
          { title: adminClients.name },
          { title: adminClients.knownBy },
          { title: adminClients.state },
          { title: adminClients.created },
          { title: adminClients.used },
        ],
        clients.map((client) => [
          html`<a href="${withQuery(`${here}/one`, { id: client.id })}">${client.name === undefined ? adminClients.noName : claimed(client.name)}</a><span class="line small soft">${address(client.id)}</span>`,
          adminClients.assurances[client.assurance],
          state(STATE_MOODS[client.state], adminClients.states[client.state]),
          moment(words, client.createdAt),
          client.usedAt === undefined ? admin.never : moment(words, client.usedAt),
        ]),
      )}</section>`
}
${next !== undefined && pager(admin.next, [withQuery(here, filter), admin.first], [withQuery(here, { ...filter, after: next }), admin.next])}
<details class="panel"${form.isBack && html` open`}><summary>${adminClients.add}</summary><form method="post" action="${here}/add"><input type="hidden" name="request" value="${frame.request}">
<label for="name">${adminClients.name}</label><input class="field" id="name" name="name" required maxlength="120" value="${form.value('name')}"${form.marks('name')}>
<label for="redirect_uris">${adminClients.redirects}</label><textarea class="field" id="redirect_uris" name="redirect_uris" rows="3" required spellcheck="false"${form.marks('redirect_uris')}>${form.value('redirect_uris')}</textarea>
<label for="scope">${adminClients.scope}</label><input class="field" id="scope" name="scope" maxlength="1000" spellcheck="false" value="${form.value('scope')}"${form.marks('scope')}>
<label class="row" for="secret"><span>${adminClients.withSecret}</span><input class="checkbox" type="checkbox" id="secret" name="secret" value="yes"${form.value('secret') === 'yes' && html` checked`}></label>
<div class="buttons"><button class="primary">${adminClients.register}</button></div></form></details>`,
  })
}
