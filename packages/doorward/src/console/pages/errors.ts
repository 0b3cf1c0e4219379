import { html } from '../html.ts'
import { page } from '../layout.ts'
import type { ErrorsView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** What each reason means and what helps; an error names its reason, and leads here by it. The reasons are for developers, in English. */
export function errorsPage({ situations }: ErrorsView, words: Words): Page {
  const { errors, lang } = words
  const english = lang !== 'en' && html` lang="en"`
  return page({
    words,
    title: errors.title,
    wide: true,
    main: html`<h1>${errors.title}</h1>
<p class="soft">${errors.lead(html`<code>doorward events --ref</code>`)}</p>
<nav aria-label="${errors.situations}"><ul class="contents"${english}>${situations.map(({ title }) => html`<li><a href="#${anchor(title)}">${title}</a></li>`)}</ul></nav>
${situations.map(
  ({
    title,
    lead,
    reasons,
  }) => html`<section aria-labelledby="${anchor(title)}"${english}><h2 id="${anchor(title)}">${title}</h2>
<p class="small soft">${lead}</p>
${Object.entries(reasons).map(
  ([name, { cause, mend }]) =>
    html`<div class="reason" id="${name}"><h3><a href="#${name}"><code>${name}</code></a></h3><p>${cause}</p><p><strong lang="${lang}">${errors.helps}</strong> ${mend}</p></div>`,
)}</section>`,
)}`,
  })
}

/** With hyphens, which the name of no reason has. */
function anchor(title: string): string {
  return `s-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`
}
