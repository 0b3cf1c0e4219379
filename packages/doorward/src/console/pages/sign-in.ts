import { claimed, html } from '../html.ts'
import { page } from '../layout.ts'
import type { Page, SignInView } from '../views.ts'

/** E-mail and password. Says on the way to what, where that is known. */
export function signInPage(view: SignInView): Page {
  const { client, resource, problem } = view
  return page({
    title: 'Sign in',
    main: html`<h1>Sign in</h1>
${client !== undefined && resource !== undefined && html`<p class="soft">An application${client.claimedName !== undefined && html` that calls itself ${claimed(client.claimedName, 60)}`} asks for access to <strong>${resource.name}</strong>. You decide on the next page.</p>`}
${problem !== undefined && html`<div class="note bad" role="alert" id="problem"><p>${problem}</p></div>`}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<label for="email">E-mail</label><input id="email" name="email" type="email" autocomplete="username" required value="${view.email ?? ''}" spellcheck="false" autocapitalize="none"${problem !== undefined && html` aria-describedby="problem"`}${view.email === undefined && html` autofocus`}>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required${problem !== undefined && html` aria-describedby="problem" aria-invalid="true"`}${view.email !== undefined && html` autofocus`}>
<button class="primary full" type="submit">Sign in</button></form>`,
    footer: html`Reference <span class="address">${view.correlation}</span>`,
  })
}
