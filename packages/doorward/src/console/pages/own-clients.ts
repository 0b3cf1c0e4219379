import { accountNav } from '../account-nav.ts'
import { COPY_SCRIPT, copyable } from '../copy.ts'
import { address, claimed, type Html, html } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page } from '../layout.ts'
import { ONCE_SCRIPT } from '../once-script.ts'
import type { OwnClientsView, Page } from '../views.ts'
import { told } from '../words/told.ts'
import type { Words } from '../words/words.ts'

/** A person's own applications: for clients that cannot register themselves and take a pasted id. */
export function ownClientsPage(view: OwnClientsView, words: Words): Page {
  const { made, problem } = view
  const { ownClients } = words
  const wrong = problem && fieldOf(problem.reason)
  const marks = (field: Field) => wrong === field && html` aria-describedby="problem" aria-invalid="true" autofocus`
  return page({
    words,
    title: ownClients.title,
    scripts: [COPY_SCRIPT, ONCE_SCRIPT],
    status: problem === undefined ? 200 : 400,
    main: html`${accountNav(words, view.issuer, 'clients')}
<h1>${ownClients.title}</h1>
<p class="soft">${ownClients.lead}</p>
${made !== undefined && madeNow(made, words)}
${problem !== undefined && refusal(problem, words)}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<label for="name">${ownClients.name}</label>
<input class="field" id="name" name="name" required maxlength="120" value="${view.name ?? ''}"${marks('name')}>
<label for="redirect">${ownClients.redirects}</label>
<textarea class="field" id="redirect" name="redirect_uris" rows="3" required spellcheck="false"${marks('redirect')}>${view.redirectUris ?? ''}</textarea>
<label class="row" for="secret"><span>${ownClients.secret}</span><input class="checkbox" type="checkbox" id="secret" name="secret" value="yes"${view.wantsSecret === true && html` checked`}></label>
<button class="primary full" name="decision" value="add">${ownClients.register}</button></form>
${view.clients.length > 0 && html`<h2>${ownClients.registered}</h2>${view.clients.map((client) => one(view, client, words))}`}`,
  })
}

type Field = 'name' | 'redirect'

const FIELD_OF: readonly (readonly [string, Field])[] = [
  ['redirect_', 'redirect'],
  ['metadata_redirect_uris', 'redirect'],
  ['metadata_client_name', 'name'],
]

/** The field that was refused, by the beginning of the reason. */
function fieldOf(reason: string): Field | undefined {
  return FIELD_OF.find(([beginning]) => reason.startsWith(beginning))?.[1]
}

/** What was typed here is mended here: the catalogue tells the same reasons to whom an application sent. What exactly is wrong is said in English. */
function refusal({ reason, description }: NonNullable<OwnClientsView['problem']>, words: Words): Html {
  const { fields } = words.adminForms
  const hints = { name: fields['client-added name'], redirect: fields['client-added redirect_uris'] }
  const field = fieldOf(reason)
  const telling = told(words, reason)
  const general = telling === undefined ? undefined : html`${telling.cause} ${telling.mend}`
  const text = field === undefined ? general : html`<a href="#${field}">${hints[field]}</a>`
  const precise =
    text === undefined ? html`${description}` : html`${text} <span class="line small" lang="en">${description}</span>`
  return html`<div class="note bad" role="alert" id="problem">${CAUTION}<span>${precise}</span></div>`
}

function madeNow({ id, secret, isRenewed }: NonNullable<OwnClientsView['made']>, words: Words): Html {
  const { ownClients } = words
  return html`<h2>${isRenewed === true ? ownClients.renewed : ownClients.paste}</h2>${copyable(id, ownClients.idWhat, words)}${
    secret !== undefined &&
    html`${copyable(secret, ownClients.secretWhat, words)}<p class="small soft">${ownClients.secretOnce}</p>`
  }`
}

function one(view: OwnClientsView, client: OwnClientsView['clients'][number], { ownClients }: Words): Html {
  const { id, name, redirectUris, hasSecret } = client
  const about = html`<input type="hidden" name="request" value="${view.request}"><input type="hidden" name="id" value="${id}">`
  return html`<form class="row" method="post" action="${view.action}">${about}
<span><strong>${name === undefined ? ownClients.noName : claimed(name)}</strong><span class="line">${address(id)}</span>${redirectUris.map((uri) => html`<span class="line small soft">${address(uri)}</span>`)}</span><button class="plain" name="decision" value="remove" aria-label="${ownClients.remove}: ${name ?? id}">${ownClients.remove}</button></form>
${hasSecret && html`<details><summary aria-label="${ownClients.renew}: ${name ?? id}">${ownClients.renew}</summary><form method="post" action="${view.action}">${about}<p class="small soft">${ownClients.renewLead}</p><button class="secondary full" name="decision" value="secret">${ownClients.renewNow}</button></form></details>`}`
}
