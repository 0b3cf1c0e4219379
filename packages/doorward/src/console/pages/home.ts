import { COPY_SCRIPT, copyable } from '../copy.ts'
import { address, type Html, html, isolated } from '../html.ts'
import { page } from '../layout.ts'
import type { HomeView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** What runs here, and what to paste where. */
export function homePage(view: HomeView, words: Words): Page {
  return page({
    words,
    title: 'Doorward',
    wide: true,
    scripts: [COPY_SCRIPT],
    aside: account(view, words),
    main: html`<h1>The door is open</h1>
<p class="soft">Give an MCP client one of these addresses. It finds everything else from there.</p>
${view.resources.length === 0 && html`<p>No MCP server is configured yet.</p>`}
${view.resources.map(({ name, uri }) => html`<h2>${isolated(name)}</h2>${copyable(uri, `the address of ${name}`)}`)}
${
  view.snippets.length > 0 &&
  html`<h2>Connect a client</h2><div class="snippets">${view.snippets.map(
    ({ client, hint, text }, i) =>
      html`<details name="client"${i === 0 && html` open`}><summary>${isolated(client)}</summary><div><p class="small soft">${hint}</p>${copyable(text, `the lines for ${client}`)}</div></details>`,
  )}</div>`
}`,
    footer: html`<a href="${view.ownClients}">Your client asks for a client id?</a>${view.device !== undefined && html` · <a href="${view.device}">A device shows a code?</a>`} · Issuer ${address(view.issuer)}`,
  })
}

function account({ issuer, email, admin, signIn, signOut }: HomeView, words: Words): Html {
  if (email === undefined || signOut === undefined) return html`<a class="small" href="${signIn}">Sign in</a>`
  return html`<form class="small row" method="post" action="${signOut.action}"><input type="hidden" name="request" value="${signOut.request}">${admin !== undefined && html`<a href="${admin}">${words.admin.console}</a>`}<span class="soft">Signed in as ${isolated(email)}</span><a href="${issuer}/account">${words.accountNav.label}</a><button class="plain">Sign out</button></form>`
}
