import type { Attempt } from '../../../authority/trace/attempt.ts'
import { knownOf, nameOf, warningOf } from '../../client-words.ts'
import { address, claimed, type Html, html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { ClientView, Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { attemptTable } from '../attempt-table.ts'
import { consolePage, type Frame } from '../frame.ts'
import { type GrantLine, grantTable, moreGrants } from '../grant-table.ts'
import { actButton, none, state } from '../parts.ts'
import { type ClientState, STATE_MOODS } from './clients.ts'

export interface ClientPageView {
  readonly frame: Frame
  readonly client: ClientView
  /** What the operator decides about is that, and not what it becomes meanwhile. */
  readonly digest: string
  readonly state: ClientState
  readonly metadata: Readonly<Record<string, unknown>>
  /** By the name of the word that stands before it. */
  readonly times: readonly {
    readonly name: 'asked' | 'approved' | 'blocked' | 'fetched' | 'gone'
    readonly at: number
    readonly by?: string | undefined
  }[]
  readonly createdAt: number
  readonly usedAt: number | undefined
  readonly owner: string | undefined
  readonly vouchedBy: string | undefined
  /** Whether it proves itself by a secret that was given to somebody by hand. */
  readonly hasOwnSecret: boolean
  readonly grants: readonly GrantLine[]
  /** After which more of them come, if any. */
  readonly nextGrant?: string | undefined
  readonly attempts: readonly Attempt[]
}

const LONGEST_VALUE = 1000

/** Everything known of one application, what it claims, who is connected with it, and what can be done. */
export function clientPage(view: ClientPageView, words: Words): Page {
  const { frame, client } = view
  const { adminClients } = words
  const names = new Map(client.claimedName === undefined ? [] : [[client.id, client.claimedName]])
  return consolePage({
    words,
    frame,
    title: client.claimedName ?? client.id,
    main: html`${knownOf(client, words)}<h1>${client.claimedName === undefined ? adminClients.noName : claimed(client.claimedName)}</h1>${nameOf(client, words)}${warningOf(client, words)}
${actions(view, words)}
<div class="columns"><section class="panel">${facts(view, words)}</section>
<section class="panel" aria-labelledby="metadata"><h2 id="metadata">${adminClients.metadata}</h2><dl class="facts">${Object.entries(
      view.metadata,
    ).map(
      ([name, value]) =>
        html`<div><dt><code>${claimed(name)}</code></dt><dd>${valuesOf(value).map((text) => html`<span class="line">${claimed(text, LONGEST_VALUE)}</span>`)}</dd></div>`,
    )}</dl></section></div>
<section class="panel" aria-labelledby="connections"><h2 id="connections">${adminClients.connections}</h2>${view.grants.length === 0 ? none(adminClients.noConnections) : html`${grantTable(view.grants, frame, words)}${moreGrants(frame, { client: client.id }, view.nextGrant, words)}`}</section>
${view.attempts.length > 0 && html`<section class="panel" aria-labelledby="attempts"><h2 id="attempts">${adminClients.attempts}</h2>${attemptTable(view.attempts, names, frame, words)}</section>`}`,
  })
}

function actions({ frame, client, digest, state: now, hasOwnSecret }: ClientPageView, { adminClients }: Words): Html {
  const fields = { id: client.id }
  const seen = { ...fields, digest }
  const approve = actButton(frame, {
    path: '/clients/approve',
    fields: seen,
    label: adminClients.approve,
    look: 'primary',
  })
  const block = actButton(frame, { path: '/clients/block', fields, label: adminClients.block, look: 'danger' })
  const unblock = actButton(frame, { path: '/clients/unblock', fields, label: adminClients.unblock })
  const secret = actButton(frame, { path: '/clients/secret', fields, label: adminClients.newSecret })
  const remove = actButton(frame, { path: '/clients/remove', fields, label: adminClients.remove, look: 'danger' })
  if (now === 'blocked') return html`<div class="buttons">${unblock}</div>`
  return html`<div class="buttons">${now !== 'admitted' && approve}${hasOwnSecret && secret}${block}${remove}</div>`
}

function facts(view: ClientPageView, words: Words): Html {
  const { adminClients, admin } = words
  const fact = (name: string, value: Html | string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  return html`<dl class="facts">${fact(adminClients.state, state(STATE_MOODS[view.state], adminClients.states[view.state]))}
${fact(adminClients.facts.id, address(view.client.id))}${fact(adminClients.knownBy, adminClients.assurances[view.client.assurance])}
${view.vouchedBy !== undefined && fact(adminClients.facts.vouchedBy, address(view.vouchedBy))}
${view.owner !== undefined && fact(adminClients.facts.owner, isolated(view.owner))}
${fact(adminClients.created, moment(words, view.createdAt))}${fact(adminClients.used, view.usedAt === undefined ? admin.never : moment(words, view.usedAt))}
${view.times.map(({ name, at, by }) => fact(adminClients.facts[name], html`${moment(words, at)}${by !== undefined && html` · ${isolated(by)}`}`))}</dl>`
}

function valuesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.slice(0, 50).map(textOf)
  return [textOf(value)]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
