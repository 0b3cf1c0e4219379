import { accountNav } from '../account-nav.ts'
import { briefly, knownOf, warningOf } from '../client-words.ts'
import type { ConnectionsView, ConnectionView, PlaceView } from '../connections-view.ts'
import { address, type Html, html, isolated } from '../html.ts'
import { CHECKED } from '../icons.ts'
import { page } from '../layout.ts'
import { LOCAL_TIMES, moment } from '../moment.ts'
import { ONCE_SCRIPT } from '../once-script.ts'
import { isPart, portionNav } from '../portion.ts'
import type { Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** Every application that may act for a person, and the ways to take that back. */
export function connectionsPage(view: ConnectionsView, words: Words): Page {
  const { connections, done } = view
  const say = words.connections
  return page({
    words,
    title: say.title,
    wide: true,
    scripts: [LOCAL_TIMES, ONCE_SCRIPT],
    aside: html`<form class="small row" method="post" action="${view.issuer}/sign-out"><input type="hidden" name="request" value="${view.request}"><span class="soft">${isolated(view.email)}</span><button class="plain">${words.home.signOut}</button></form>`,
    main: html`${accountNav(words, view.issuer, 'connections')}
<h1>${say.title}</h1>
${done !== undefined && html`<div class="note good" role="status">${CHECKED}<span>${say.done[done]}</span></div>`}
${
  connections.length === 0
    ? html`<p>${say.none}</p><p class="soft">${say.noneYet(html`<a href="${view.issuer}/">${say.start}</a>`)}</p>`
    : html`<p class="soft">${say.lead}</p>${connections.map((connection) => card(view, connection, words))}${portionNav(view.portion, say.title, words)}${(connections.length > 1 || isPart(view.portion)) && all(view, words)}`
}`,
  })
}

function card(view: ConnectionsView, connection: ConnectionView, words: Words): Html {
  const { id, client, resource } = connection
  const say = words.connections
  return html`<section class="card" aria-labelledby="of-${id}">
${knownOf(client, words)}
<h2 id="of-${id}">${briefly(client, words)}</h2>
${warningOf(client, words)}
<dl class="facts">
<div><dt>${say.server}</dt><dd><strong>${isolated(resource.name)}</strong><span class="line">${address(resource.uri)}</span></dd></div>
<div><dt>${say.may}</dt><dd>${scopeList(connection, words)}</dd></div>
<div><dt>${say.opened}</dt><dd>${moment(words, connection.openedAt)}${place(connection.from, words)}</dd></div>
<div><dt>${say.used}</dt><dd>${moment(words, connection.usedAt)}${place(connection.usedFrom, words)}</dd></div>
<div><dt>${say.tokens}</dt><dd>${say.bound[connection.boundTo ?? 'nothing']}</dd></div>
<div><dt>${say.ends}</dt><dd>${connection.endsAt === undefined ? say.endsUnused(view.idleDays) : moment(words, connection.endsAt)}</dd></div>
</dl>
<details><summary>${say.change}</summary>${narrowing(view, connection, words)}${ending(view, connection, words)}</details>
<form method="post" action="${view.action}">${hidden(view, id)}<button class="secondary full" name="decision" value="disconnect" aria-describedby="of-${id}">${say.disconnect}</button></form>
</section>`
}

function scopeList({ scopes }: ConnectionView, { connections: say }: Words): Html | string {
  if (scopes.length === 0) return say.undivided
  return html`<ul class="scopes">${scopes.map(
    ({ name, description }) =>
      html`<li>${isolated(description)}<span class="line small soft">${address(name)}</span></li>`,
  )}</ul>`
}

function place(from: PlaceView | undefined, { connections: say }: Words): Html | false {
  if (from === undefined) return false
  return html`<span class="line small soft">${from.isHere ? say.fromHere(address(from.network)) : say.from(address(from.network))}</span>`
}

/** Of one permission nothing can be taken but all. */
function narrowing(view: ConnectionsView, { id, scopes }: ConnectionView, { connections: say }: Words): Html | false {
  if (scopes.length < 2) return false
  return html`<form method="post" action="${view.action}">${hidden(view, id)}<fieldset><legend>${say.keepWhich}</legend>
${scopes.map(
  ({ field, name, description }, i) =>
    html`<label class="choice" for="keep-${id}-${i}"><input class="checkbox" type="checkbox" id="keep-${id}-${i}" name="${field}" value="yes" checked><span>${isolated(description)}<span class="line small soft">${address(name)}</span></span></label>`,
)}</fieldset><button class="secondary" name="decision" value="narrow" aria-describedby="of-${id}">${say.keepOnly}</button></form>`
}

function ending(view: ConnectionsView, { id, endsOn }: ConnectionView, { connections: say }: Words): Html {
  return html`<form method="post" action="${view.action}">${hidden(view, id)}<label for="ends-${id}">${say.lastDay}</label>
<input class="field" type="date" id="ends-${id}" name="ends" min="${view.today}" max="9999-12-31" value="${endsOn ?? ''}" aria-describedby="about-${id}">
<p class="small soft" id="about-${id}">${say.aboutLastDay}</p>
<button class="secondary" name="decision" value="end" aria-describedby="of-${id}">${say.setEnd}</button></form>`
}

function all(view: ConnectionsView, { connections: say }: Words): Html {
  return html`<details class="all"><summary>${say.all}</summary><p>${say.aboutAll}</p>
<form method="post" action="${view.action}">${hidden(view)}<button class="secondary full" name="decision" value="disconnect-all">${say.disconnectAll}</button></form></details>`
}

function hidden(view: ConnectionsView, id?: string): Html {
  return html`<input type="hidden" name="request" value="${view.request}">${id !== undefined && html`<input type="hidden" name="id" value="${id}">`}`
}
