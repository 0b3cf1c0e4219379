import { claimed, html, isolated } from '../html.ts'
import { page, referenceFooter } from '../layout.ts'
import { ONCE_SCRIPT } from '../once-script.ts'
import type { LinkAccountView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** Asked once a person has shown that both accounts are theirs. */
export function linkAccountPage(view: LinkAccountView, words: Words): Page {
  const { ways } = words
  return page({
    words,
    title: ways.linkTitle,
    scripts: [ONCE_SCRIPT],
    main: html`<h1>${ways.linkTitle}</h1>
<p>${ways.linkLead(view.provider, claimed(view.label), html`<strong>${isolated(view.email)}</strong>`)}</p>
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}"><input type="hidden" name="link" value="${view.link}">
<button class="primary full" name="decision" value="link">${ways.linkYes}</button>
<button class="secondary full" name="decision" value="leave">${ways.linkNo}</button></form>`,
    footer: referenceFooter(words, view.correlation),
  })
}
