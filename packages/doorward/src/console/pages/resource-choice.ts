import { address, html, isolated } from '../html.ts'
import { page, referenceFooter } from '../layout.ts'
import type { Page, ResourceChoiceView } from '../views.ts'
import type { Words } from '../words/words.ts'

/** The application named no MCP server and there are several (quirk Q25): the person says which. */
export function resourceChoicePage(view: ResourceChoiceView, words: Words): Page {
  const { resourceChoice } = words
  return page({
    words,
    title: resourceChoice.title,
    main: html`<h1>${resourceChoice.heading}</h1>
<p class="soft">${resourceChoice.lead}</p>
<ul class="choices">${view.choices.map(
      ({ href, resource }) =>
        html`<li><a href="${href}"><strong>${isolated(resource.name)}</strong><span class="line">${address(resource.uri)}</span></a></li>`,
    )}</ul>`,
    footer: referenceFooter(words, view.correlation),
  })
}
