import { accountChoice } from '../account-choice.ts'
import { briefly } from '../client-words.ts'
import { type Html, html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page, referenceFooter } from '../layout.ts'
import { passkeyForm } from '../passkey-form.ts'
import { PASSKEY_SCRIPT } from '../passkey-script.ts'
import type { Page, PasskeyView, SignInView } from '../views.ts'
import type { Words } from '../words/words.ts'

/** The ways in: e-mail and password, a passkey, identity providers. Says on the way to what, where that is known. */
export function signInPage(view: SignInView, words: Words): Page {
  const { problem, step = 'both', providers = [], passkey, why, accounts = [], choose = '' } = view
  const { signIn } = words
  const others = passkey !== undefined || providers.length > 0
  return page({
    words,
    title: accounts.length > 0 ? words.accounts.title : signIn.title,
    scripts: passkey === undefined ? [] : [PASSKEY_SCRIPT],
    main: html`<h1>${accounts.length > 0 ? words.accounts.title : signIn.title}</h1>
${onTheWay(view, words)}
${why !== undefined && html`<p>${signIn.why[why]}</p>`}
${problem !== undefined && html`<div class="note bad" role="alert" id="problem">${CAUTION}<span>${problem}</span></div>`}
${accounts.length > 0 && html`${accountChoice({ action: choose, request: view.request, accounts }, words)}<p class="or soft small"><span>${words.accounts.another}</span></p>`}
${step !== 'none' && typed(view, words)}
${step !== 'none' && others && html`<p class="or soft small"><span>${signIn.or}</span></p>`}
${passkey !== undefined && byPasskey(view, passkey, words)}
${providers.map(({ action, name }) => html`<form method="post" action="${action}"><input type="hidden" name="request" value="${view.request}"><button class="secondary full">${signIn.withProvider(name)}</button></form>`)}`,
    footer: referenceFooter(words, view.correlation),
  })
}

/** Where nothing else is offered, the page says what it takes, and what helps who has none. */
function byPasskey(
  { request, step, providers = [], addPasskey }: SignInView,
  passkey: PasskeyView,
  { signIn }: Words,
): Html {
  const isAlone = step === 'none' && providers.length === 0
  const button = html`<button class="secondary full">${signIn.withPasskey}</button>`
  return html`${isAlone && html`<p data-without-passkeys>${signIn.passkeyNeeds}</p>`}
${passkeyForm(passkey, request, button, isAlone ? signIn.passkeyAgain : signIn.passkeyFailed)}
${addPasskey !== undefined && html`<p class="small soft">${signIn.noPasskey(html`<a href="${addPasskey}">${signIn.addPasskey}</a>`)}</p>`}`
}

function typed(
  { action, request, email, problem, step = 'both', accounts = [], passkey }: SignInView,
  { signIn }: Words,
): Html {
  const described = problem !== undefined && html` aria-describedby="problem"`
  const asksPassword = step !== 'email'
  return html`<form method="post" action="${action}"><input type="hidden" name="request" value="${request}">
<label for="email">${signIn.email}</label>
<input class="field" id="email" name="email" type="email" autocomplete="${passkey === undefined ? 'username' : 'username webauthn'}" required value="${email ?? ''}" spellcheck="false" autocapitalize="none"${described}${(email === undefined || !asksPassword) && accounts.length === 0 && html` autofocus`}>
${
  asksPassword &&
  html`<label for="password">${signIn.password}</label>
<input class="field" id="password" name="password" type="password" autocomplete="current-password" required${described}${email !== undefined && html` autofocus`}>`
}
<button class="primary full">${asksPassword ? signIn.submit : signIn.next}</button></form>`
}

function onTheWay({ client, resource }: SignInView, words: Words): Html | undefined {
  if (client === undefined) return undefined
  const { signIn } = words
  const server = resource === undefined ? signIn.someServer : html`<strong>${isolated(resource.name)}</strong>`
  return signIn.onTheWay(briefly(client, words), server)
}
