import { address, html } from '../html.ts'
import { page } from '../layout.ts'
import type { HomeView, Page } from '../views.ts'

/** What runs here, and what to paste where. */
export function homePage(view: HomeView): Page {
  return page({
    title: 'Doorward',
    wide: true,
    main: html`<div class="row"><h1>The door is open</h1>${
      view.signOut === undefined || view.email === undefined
        ? html`<a href="${view.signIn}">Sign in</a>`
        : html`<form method="post" action="${view.signOut.action}"><input type="hidden" name="request" value="${view.signOut.request}"><span class="soft small">${view.email}</span> <button class="plain">Sign out</button></form>`
    }</div>
<p class="soft">MCP clients find everything else from the server's address.</p>
<dl>${view.resources.map(({ name, uri }) => html`<div><dt>${name}</dt><dd><pre>${uri}</pre></dd></div>`)}<div><dt>Issuer</dt><dd>${address(view.issuer)}</dd></div></dl>
${view.snippets.length > 0 && html`<h2>Connect a client</h2>`}
${view.snippets.map(
  ({ client, hint, text }, i) =>
    html`<details class="snippet"${i === 0 && html` open`}><summary>${client}</summary><p class="small soft">${hint}</p><pre>${text}</pre></details>`,
)}`,
  })
}
