import { caution } from '../client-words.ts'
import { COPY_SCRIPT, copyable } from '../copy.ts'
import { html } from '../html.ts'
import { CHECKED } from '../icons.ts'
import { page, referenceFooter } from '../layout.ts'
import { quotedForShell } from '../shell.ts'
import type { AnswerView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/**
 * The answer itself, where the application waits on another machine and no redirect reaches it. It is what the redirect would
 * have carried: a code that is good once and only for whoever began with its PKCE challenge (RFC 7636 §1).
 */
export function answerPage({ url, seconds, correlation }: AnswerView, words: Words): Page {
  const { answer } = words
  return page({
    words,
    title: answer.title,
    scripts: [COPY_SCRIPT],
    main: html`<p class="badge good">${CHECKED}<span>${answer.badge}</span></p>
<h1>${answer.title}</h1>
<p>${answer.lead(seconds)}</p>
${caution(answer.caution)}
<h2>${answer.paste}</h2>
${copyable(url, answer.pasteWhat, words)}
<h2>${answer.command}</h2>
${copyable(`curl ${quotedForShell(url)}`, answer.commandWhat, words)}
<p class="small soft">${answer.done}</p>`,
    footer: referenceFooter(words, correlation),
  })
}
