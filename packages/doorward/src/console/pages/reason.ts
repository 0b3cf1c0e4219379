import { html } from '../html.ts'
import { page } from '../layout.ts'
import type { ReasonView } from '../problem-views.ts'
import type { Page } from '../views.ts'
import { told } from '../words/told.ts'
import type { Words } from '../words/words.ts'

/** What one reason means and what helps; an error names its reason, and leads here by it. */
export function reasonPage({ action, name, cause, mend, situation }: ReasonView, words: Words): Page {
  const { errors, problem } = words
  const telling = told(words, name)
  return page({
    words,
    title: `${name} · ${errors.title}`,
    main: html`<div class="small soft" lang="en"><a href="${action}#${name}">${situation.title}</a></div>
<h1><code>${name}</code></h1>
${telling !== undefined && html`<p>${telling.cause}</p><p><strong>${errors.helps}</strong> ${telling.mend}</p><h2>${problem.forDevelopers}</h2>`}
<div lang="en"><p>${cause}</p><p><strong>What helps:</strong> ${mend}</p></div>
<p class="small soft">${errors.reference(html`<code>doorward events --ref</code>`)}</p>`,
  })
}
