import { html } from '../html.ts'
import { page } from '../layout.ts'
import type { ErrorsView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** What each reason means and what helps; an error names its reason, and leads here by it. */
export function errorsPage({ situations }: ErrorsView, words: Words): Page {
  return page({
    words,
    title: 'Why something was refused',
    wide: true,
    main: html`<h1>Why something was refused</h1>
<p class="soft">Every error carries the name of its reason, in square brackets. Here is what each means and what helps. Whoever runs this server sees what happened with <code>doorward events --ref</code> and the reference of the error.</p>
<nav aria-label="Situations"><ul class="contents">${situations.map(({ title }) => html`<li><a href="#${anchor(title)}">${title}</a></li>`)}</ul></nav>
${situations.map(
  ({ title, lead, reasons }) => html`<section aria-labelledby="${anchor(title)}"><h2 id="${anchor(title)}">${title}</h2>
<p class="small soft">${lead}</p>
${Object.entries(reasons).map(
  ([name, { cause, mend }]) =>
    html`<div class="reason" id="${name}"><h3><a href="#${name}"><code>${name}</code></a></h3><p>${cause}</p><p><strong>What helps:</strong> ${mend}</p></div>`,
)}</section>`,
)}`,
  })
}

/** With hyphens, which the name of no reason has. */
function anchor(title: string): string {
  return `s-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`
}
