import type { OutputOf } from '../../../authority/admin/act.ts'
import { address, type Html, html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { actButton, type Mood, none, state, table } from '../parts.ts'
import { ASSURANCES } from './clients.ts'

export interface ServerView {
  readonly frame: Frame
  readonly resources: OutputOf<'resources.list'>['resources']
  readonly policy: OutputOf<'policy.show'>
  readonly keys: OutputOf<'keys.list'>['keys']
  readonly issuers: OutputOf<'issuers.list'>['issuers']
}

const VERDICTS: Readonly<Record<'allow' | 'ask' | 'refuse', Mood>> = { allow: 'good', ask: 'warn', refuse: 'bad' }

/** What the config says, in words, and the keys. */
export function serverPage(view: ServerView, words: Words): Page {
  const { adminServer } = words
  return consolePage({
    words,
    frame: view.frame,
    title: adminServer.title,
    main: html`<h1>${adminServer.title}</h1><p class="soft">${adminServer.lead}</p>
<section class="panel" aria-labelledby="resources"><h2 id="resources">${adminServer.resources}</h2>${view.resources.length === 0 ? none(adminServer.noResources) : view.resources.map((resource) => one(resource, words))}</section>
<div class="columns">${policy(view, words)}<div>${keys(view, words)}${issuers(view, words)}</div></div>`,
  })
}

function one(resource: ServerView['resources'][number], { adminServer }: Words): Html {
  return html`<h3>${isolated(resource.name)}</h3><p class="small">${address(resource.uri)}${resource.senderConstraint !== undefined && html` · ${adminServer.constrained}`}</p>
${table(
  resource.name,
  [{ title: adminServer.scope }, { title: adminServer.meaning }, { title: adminServer.tools }],
  Object.entries(resource.scopes).map(([name, { description, tools = [] }]) => [
    html`<span class="address">${name}</span>${resource.defaultScopes.includes(name) && html`<span class="line small soft">${adminServer.byDefault}</span>`}`,
    isolated(description),
    html`<span class="small">${tools.map((tool) => html`<code>${isolated(tool)}</code> `)}</span>`,
  ]),
)}`
}

function policy({ policy: current }: ServerView, { adminServer, adminClients }: Words): Html {
  return html`<section class="panel" aria-labelledby="policy"><h2 id="policy">${adminServer.policy}</h2><p>${adminServer.preset(current.preset)}</p>
<p class="small soft">${adminServer.who}</p><dl class="facts">${ASSURANCES.map((assurance) => {
    const verdict = current.byAssurance[assurance]
    return html`<div><dt>${adminClients.assurances[assurance]}</dt><dd>${state(VERDICTS[verdict], adminServer.verdicts[verdict])}</dd></div>`
  })}</dl>
<p>${adminServer.claimedRedirects[current.claimedRedirects]}</p><p>${adminServer.senderConstraint[current.senderConstraint]}</p><p>${adminServer.pushed[current.pushedRequests]}</p><p>${adminServer.devices[current.deviceAuthorization]}</p></section>`
}

function keys({ keys: all, frame }: ServerView, words: Words): Html {
  const { adminServer } = words
  return html`<section class="panel" aria-labelledby="keys"><h2 id="keys">${adminServer.keys}</h2>${table(
    adminServer.keys,
    [
      { title: adminServer.kid },
      { title: adminServer.algorithm },
      { title: adminServer.made },
      { title: adminServer.use },
    ],
    all.map(({ kid, alg, createdAt, use }) => [
      html`<span class="address">${kid}</span>`,
      alg,
      moment(words, createdAt),
      state(use === 'signs' ? 'good' : 'even', adminServer.uses[use]),
    ]),
  )}<p class="small soft">${adminServer.rotateText}</p><div class="buttons">${actButton(frame, { path: '/keys/rotate', fields: {}, label: adminServer.rotate })}${actButton(frame, { path: '/keys/replace', fields: {}, label: adminServer.replace, look: 'danger' })}</div></section>`
}

function issuers({ issuers: all }: ServerView, { adminServer }: Words): Html {
  return html`<section class="panel" aria-labelledby="issuers"><h2 id="issuers">${adminServer.issuers}</h2>${
    all.length === 0
      ? none(adminServer.noIssuers)
      : table(
          adminServer.issuers,
          [{ title: adminServer.issuer }, { title: adminServer.limits }],
          all.map(({ issuer, domain, softwareIds = [] }) => [
            address(issuer ?? domain ?? ''),
            softwareIds.length === 0
              ? adminServer.anySoftware
              : html`${softwareIds.map((id) => html`<span class="line address">${id}</span>`)}`,
          ]),
        )
  }</section>`
}
