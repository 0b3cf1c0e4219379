import { briefly } from '../client-words.ts'
import { type Html, html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page, referenceFooter } from '../layout.ts'
import type { Page, SignInView } from '../views.ts'
import type { Words } from '../words/words.ts'

/** E-mail and password. Says on the way to what, where that is known. */
export function signInPage(view: SignInView, words: Words): Page {
  const { email, problem } = view
  const { signIn } = words
  const described = problem !== undefined && html` aria-describedby="problem"`
  return page({
    words,
    title: signIn.title,
    main: html`<h1>${signIn.title}</h1>
${onTheWay(view, words)}
${problem !== undefined && html`<div class="note bad" role="alert" id="problem">${CAUTION}<span>${problem}</span></div>`}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<label for="email">${signIn.email}</label>
<input class="field" id="email" name="email" type="email" autocomplete="username" required value="${email ?? ''}" spellcheck="false" autocapitalize="none"${described}${email === undefined && html` autofocus`}>
<label for="password">${signIn.password}</label>
<input class="field" id="password" name="password" type="password" autocomplete="current-password" required${described}${email !== undefined && html` autofocus`}>
<button class="primary full">${signIn.submit}</button></form>`,
    footer: referenceFooter(words, view.correlation),
  })
}

function onTheWay({ client, resource }: SignInView, words: Words): Html | undefined {
  if (client === undefined) return undefined
  const { signIn } = words
  const server = resource === undefined ? signIn.someServer : html`<strong>${isolated(resource.name)}</strong>`
  return signIn.onTheWay(briefly(client, words), server)
}
