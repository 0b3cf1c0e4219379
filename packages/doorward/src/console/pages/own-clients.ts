import { accountNav } from '../account-nav.ts'
import { COPY_SCRIPT, copyable } from '../copy.ts'
import { address, claimed, type Html, html } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page } from '../layout.ts'
import type { OwnClientsView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** A person's own applications: for clients that cannot register themselves and take a pasted id. */
export function ownClientsPage(view: OwnClientsView, words: Words): Page {
  const { made, problem } = view
  return page({
    words,
    title: 'Your own applications',
    scripts: [COPY_SCRIPT],
    status: problem === undefined ? 200 : 400,
    main: html`${accountNav(words, view.issuer, 'clients')}
<h1>Your own applications</h1>
<p class="soft">For a client that asks you for a client id. You vouch for it, so it can connect in your name only.</p>
${made !== undefined && madeNow(made)}
${problem !== undefined && html`<div class="note bad" role="alert">${CAUTION}<span>${problem}</span></div>`}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<label for="name">Name</label>
<input class="field" id="name" name="name" required maxlength="120" value="${view.name ?? ''}">
<label for="redirect">Where its answer goes (one address each line)</label>
<textarea class="field" id="redirect" name="redirect_uris" rows="3" required spellcheck="false">${view.redirectUris ?? ''}</textarea>
<label class="row" for="secret"><span>It asks for a client secret too</span><input class="checkbox" type="checkbox" id="secret" name="secret" value="yes"></label>
<button class="primary full" name="decision" value="add">Register</button></form>
${view.clients.length > 0 && html`<h2>Registered</h2>${view.clients.map((client) => one(view, client))}`}`,
  })
}

function madeNow({ id, secret }: NonNullable<OwnClientsView['made']>): Html {
  return html`<h2>Paste this into your client</h2>${copyable(id, 'the client id')}${
    secret !== undefined &&
    html`${copyable(secret, 'the client secret')}<p class="small soft">The secret is shown once.</p>`
  }`
}

function one(view: OwnClientsView, { id, name, redirectUris }: OwnClientsView['clients'][number]): Html {
  return html`<form class="row" method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}"><input type="hidden" name="id" value="${id}">
<span><strong>${claimed(name)}</strong><span class="line">${address(id)}</span>${redirectUris.map((uri) => html`<span class="line small soft">${address(uri)}</span>`)}</span><button class="plain" name="decision" value="remove">Remove</button></form>`
}
