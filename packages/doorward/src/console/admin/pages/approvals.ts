import { knownOf, nameOf, warningOf } from '../../client-words.ts'
import { address, type Html, html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { ClientView, Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { actButton, none, pager, withQuery } from '../parts.ts'

export interface WaitingClient {
  readonly client: ClientView
  /** What the operator decides about is that, and not what it becomes meanwhile. */
  readonly digest: string
  readonly redirectUris: readonly string[]
  readonly askedAt: number | undefined
  /** The address of the person who asked, where they are known. */
  readonly askedBy: string | undefined
}

export interface ApprovalsView {
  readonly frame: Frame
  readonly waiting: readonly WaitingClient[]
  /** After which more of them come, if any. */
  readonly next?: string | undefined
}

/** The applications that wait for an operator, each with what is known before what it claims. */
export function approvalsPage({ frame, waiting, next }: ApprovalsView, words: Words): Page {
  const { approvals } = words.adminClients
  const others = withQuery(`${frame.base}/clients`, { state: 'waiting', after: next })
  return consolePage({
    words,
    frame,
    title: approvals.title,
    main: html`<h1>${approvals.title}</h1><p class="soft">${approvals.lead}</p>
${waiting.length === 0 ? none(approvals.none) : html`<div class="cards">${waiting.map((one) => card(one, frame, words))}</div>`}
${next !== undefined && pager(approvals.title, [others, words.admin.next])}`,
  })
}

function card({ client, digest, redirectUris, askedAt, askedBy }: WaitingClient, frame: Frame, words: Words): Html {
  const { adminClients } = words
  const { approvals } = adminClients
  const fields = { id: client.id, from: 'approvals' }
  const approve = { ...fields, digest }
  const of = client.claimedName ?? client.id
  return html`<article class="panel">${knownOf(client, words)}${nameOf(client, words)}${warningOf(client, words)}
<dl class="facts"><div><dt>${adminClients.redirectsShort}</dt><dd>${redirectUris.map((uri) => html`<span class="line">${address(uri)}</span>`)}</dd></div>
<div><dt>${adminClients.facts.id}</dt><dd>${address(client.id)}</dd></div>
${askedAt !== undefined && html`<div><dt>${approvals.asked}</dt><dd>${moment(words, askedAt)}</dd></div>`}
${askedBy !== undefined && html`<div><dt>${approvals.by}</dt><dd>${isolated(askedBy)}</dd></div>`}</dl>
<p class="small soft">${approvals.admits} <a href="${withQuery(`${frame.base}/clients/one`, { id: client.id })}">${approvals.open}</a></p>
<div class="buttons">${actButton(frame, { path: '/clients/approve', fields: approve, label: approvals.approve, look: 'primary', of })}${actButton(frame, { path: '/clients/block', fields, label: approvals.block, look: 'danger', of })}</div></article>`
}
