import { type Html, html, isolated } from './html.ts'
import type { AccountLine, ConsentView } from './views.ts'
import type { Words } from './words/words.ts'

export interface AccountChoice {
  readonly action: string
  /** What the person was on the way to, sealed to this browser. */
  readonly request: string
  readonly accounts: readonly AccountLine[]
}

/** The accounts of this browser: one press chooses one, or signs it out. */
export function accountChoice(choice: AccountChoice, { accounts: say }: Words): Html {
  return html`<ul class="accounts">${choice.accounts.map(
    ({ email, account }) =>
      html`<li>${form(choice, account, html`<button class="secondary full" name="decision" value="choose">${isolated(email)}</button><button class="plain small" name="decision" value="sign-out" aria-label="${say.signOutOf(email)}">${say.signOut}</button>`)}</li>`,
  )}</ul>`
}

/** Whose account is in use, and the ways to another one. */
export function accountFact(
  view: Pick<ConsentView, 'email' | 'switchAccount' | 'request' | 'others' | 'choose'>,
  { accounts: say, common }: Words,
): Html {
  const choice = { action: view.choose ?? '', request: view.request, accounts: view.others ?? [] }
  const others = choice.accounts.map(({ email, account }) =>
    form(
      choice,
      account,
      html`<button class="plain small" name="decision" value="choose">${say.change(isolated(email))}</button>`,
    ),
  )
  return html`<div><dt>${common.yourAccount}</dt><dd><div class="row">${isolated(view.email)}<a class="small" href="${view.switchAccount}">${common.anotherAccount}</a></div>${others}</dd></div>`
}

function form({ action, request }: AccountChoice, account: string, buttons: Html): Html {
  return html`<form method="post" action="${action}"><input type="hidden" name="request" value="${request}"><input type="hidden" name="account" value="${account}">${buttons}</form>`
}
