import { COPY_SCRIPT, copyable } from '../copy.ts'
import { address, type Html, html, isolated } from '../html.ts'
import { page } from '../layout.ts'
import type { HomeView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** What runs here, and what to paste where. */
export function homePage(view: HomeView, words: Words): Page {
  const { home } = words
  return page({
    words,
    title: 'Doorward',
    wide: true,
    scripts: [COPY_SCRIPT],
    aside: account(view, words),
    main: html`<h1>${home.title}</h1>
<p class="soft">${home.lead}</p>
${view.resources.length === 0 && html`<p>${home.nothing}</p>`}
${view.resources.map(({ name, uri }) => html`<h2>${isolated(name)}</h2>${copyable(uri, home.addressOf(name), words)}`)}
${
  view.snippets.length > 0 &&
  html`<h2>${home.connect}</h2><div class="snippets">${view.snippets.map(
    ({ client, hint, text }, i) =>
      html`<details name="client"${i === 0 && html` open`}><summary>${isolated(client)}</summary><div><p class="small soft">${home.hints[hint]}</p>${copyable(text, home.linesFor(client), words)}</div></details>`,
  )}</div>`
}`,
    footer: html`<a href="${view.ownClients}">${home.ownClients}</a>${view.device !== undefined && html` · <a href="${view.device}">${home.device}</a>`} · ${home.issuer} ${address(view.issuer)}`,
  })
}

function account({ issuer, email, admin, signIn, signOut }: HomeView, words: Words): Html {
  const { home } = words
  if (email === undefined || signOut === undefined) return html`<a class="small" href="${signIn}">${home.signIn}</a>`
  return html`<form class="small row" method="post" action="${signOut.action}"><input type="hidden" name="request" value="${signOut.request}">${admin !== undefined && html`<a href="${admin}">${words.admin.console}</a>`}<span class="soft">${home.signedInAs} ${isolated(email)}</span><a href="${issuer}/account">${words.accountNav.label}</a><button class="plain">${home.signOut}</button></form>`
}
