import { briefly } from '../client-words.ts'
import { type Html, html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page, referenceFooter } from '../layout.ts'
import type { Page, SignInView } from '../views.ts'

/** E-mail and password. Says on the way to what, where that is known. */
export function signInPage(view: SignInView): Page {
  const { email, problem } = view
  const described = problem !== undefined && html` aria-describedby="problem"`
  return page({
    title: 'Sign in',
    main: html`<h1>Sign in</h1>
${onTheWay(view)}
${problem !== undefined && html`<div class="note bad" role="alert" id="problem">${CAUTION}<span>${problem}</span></div>`}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<label for="email">E-mail</label>
<input class="field" id="email" name="email" type="email" autocomplete="username" required value="${email ?? ''}" spellcheck="false" autocapitalize="none"${described}${email === undefined && html` autofocus`}>
<label for="password">Password</label>
<input class="field" id="password" name="password" type="password" autocomplete="current-password" required${described}${email !== undefined && html` autofocus`}>
<button class="primary full">Sign in</button></form>`,
    footer: referenceFooter(view.correlation),
  })
}

function onTheWay({ client, resource }: SignInView): Html | undefined {
  if (client === undefined) return undefined
  return html`<p class="soft">${briefly(client)} wants to use ${resource === undefined ? 'a server' : html`<strong>${isolated(resource.name)}</strong>`} in your name. You decide on the next page.</p>`
}
