import { accountNav } from '../account-nav.ts'
import { claimed, type Html, html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page } from '../layout.ts'
import { LOCAL_TIMES, moment } from '../moment.ts'
import { ONCE_SCRIPT } from '../once-script.ts'
import { passkeyForm } from '../passkey-form.ts'
import { PASSKEY_SCRIPT } from '../passkey-script.ts'
import { isPart, portionNav } from '../portion.ts'
import type { OwnSignInView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** A person's own ways in, and the browsers in which they are signed in. */
export function ownSignInPage(view: OwnSignInView, words: Words): Page {
  const { ways } = words
  return page({
    words,
    title: ways.title,
    scripts: [LOCAL_TIMES, PASSKEY_SCRIPT, ONCE_SCRIPT],
    status: view.status ?? 200,
    main: html`${accountNav(words, view.issuer, 'sign-in')}
<h1>${ways.title}</h1>
<p class="soft">${ways.lead(html`<strong>${isolated(view.email)}</strong>`)}</p>
${view.problem !== undefined && html`<div class="note bad" role="alert" id="problem">${CAUTION}<span>${view.problem}</span></div>`}
${view.done === 'password' && html`<p class="note" role="status"><span>${ways.passwordChanged}</span></p>`}
${!view.isFresh && html`<p>${ways.again} <a href="${view.signInAgain}">${ways.signInAgain}</a></p>`}
${passkeys(view, words)}
${view.hasPassword && view.isFresh && password(view, words)}
${(view.providers.length > 0 || view.identities.length > 0) && linked(view, words)}
${sessions(view, words)}`,
  })
}

/** One thing that can be done, with what it is done to. */
function act(view: OwnSignInView, action: string, fields: Readonly<Record<string, string>>, inside: Html): Html {
  return html`<form class="row item" method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}"><input type="hidden" name="action" value="${action}">${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}${inside}</form>`
}

function passkeys(view: OwnSignInView, words: Words): Html {
  const { ways } = words
  return html`<h2>${ways.passkeys}</h2>
${view.passkeys.length === 0 && html`<p class="soft">${ways.noPasskeys}</p>`}
${view.passkeys.map(({ id, name, createdAt, usedAt }) => {
  const shown = name === '' ? ways.noName : name
  const used = usedAt === undefined ? ways.neverUsed : ways.lastUsed(moment(words, usedAt))
  return html`${act(view, 'remove-passkey', { id }, html`<span><strong>${claimed(shown)}</strong><span class="line small soft">${ways.added(moment(words, createdAt))}, ${used}</span></span>${view.isFresh && html`<button class="plain" aria-label="${ways.removeOf(shown)}">${ways.remove}</button>`}`)}
${view.isFresh && act(view, 'rename-passkey', { id }, html`<input class="field" name="name" value="${name}" maxlength="60" required aria-label="${ways.nameOf(shown)}"><button class="plain">${ways.rename}</button>`)}`
})}
${
  view.newPasskey !== undefined &&
  html`<p class="small soft" data-without-passkeys>${ways.needsScript}</p>${passkeyForm(
    view.newPasskey,
    view.request,
    html`<input type="hidden" name="action" value="add-passkey"><label for="name">${ways.passkeyName}</label><input class="field" id="name" name="name" maxlength="60"><button class="secondary full">${ways.addPasskey}</button>`,
    ways.problems.passkey_refused,
  )}`
}`
}

function password(view: OwnSignInView, { ways }: Words): Html {
  // Which of the two it was is not said, so both are described, and typing begins at the first.
  const described = view.isOfPassword === true && html` aria-describedby="problem"`
  return html`<h2>${ways.password}</h2>
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}"><input type="hidden" name="action" value="change-password"><input type="email" name="email" value="${view.email}" autocomplete="username" readonly hidden>
<label for="old">${ways.oldPassword}</label><input class="field" id="old" name="old" type="password" autocomplete="current-password" required${described}${view.isOfPassword === true && html` autofocus`}>
<label for="new">${ways.newPassword}</label><input class="field" id="new" name="new" type="password" autocomplete="new-password" minlength="12" maxlength="1024" required${described}>
<p class="small soft">${ways.endsOthers}</p><button class="secondary full">${ways.changePassword}</button></form>`
}

function linked(view: OwnSignInView, words: Words): Html {
  const { ways } = words
  return html`<h2>${ways.linked}</h2>
${view.identities.length === 0 && html`<p class="soft">${ways.noneLinked}</p>`}
${view.identities.map(({ provider, name, subject, label, usedAt }) =>
  act(
    view,
    'unlink',
    { provider, subject },
    html`<span><strong>${isolated(name)}</strong><span class="line small soft">${claimed(label)}, ${ways.lastUsed(moment(words, usedAt))}</span></span>${view.isFresh && html`<button class="plain" aria-label="${ways.unlinkOf(name)}">${ways.unlink}</button>`}`,
  ),
)}
${view.isFresh && view.providers.map(({ id, name }) => act(view, 'link', { provider: id }, html`<button class="secondary full">${ways.link(name)}</button>`))}`
}

function sessions(view: OwnSignInView, words: Words): Html {
  const { ways } = words
  return html`<h2>${ways.sessions}</h2>
${view.sessions.map(({ digest, isThis, browser, network, method, at, usedAt }) => {
  const shown = browser === '' ? ways.someBrowser : browser
  return act(
    view,
    'end-session',
    { session: digest },
    html`<span><strong>${isolated(shown)}</strong>${isThis && html` <span class="small soft">(${ways.thisOne})</span>`}<span class="line small soft">${ways.signedIn(moment(words, at))} ${ways.by(method)}${network !== '' && html`, ${ways.from(network)}`}, ${ways.lastUsed(moment(words, usedAt))}</span></span><button class="plain" aria-label="${ways.signOutOf(shown)}">${ways.signOut}</button>`,
  )
})}
${portionNav(view.portion, ways.sessions, words)}
${(view.sessions.length > 1 || isPart(view.portion)) && act(view, 'end-others', {}, html`<button class="secondary full">${ways.signOutOthers}</button>`)}`
}
