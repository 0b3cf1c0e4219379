import { address, html } from '../html.ts'
import { page } from '../layout.ts'
import type { Page, ResourceChoiceView } from '../views.ts'

/** The application named no MCP server and there are several (quirk Q25): the person says which. */
export function resourceChoicePage(view: ResourceChoiceView): Page {
  return page({
    title: 'Which server?',
    main: html`<h1>Which MCP server is meant?</h1><p class="soft">The application did not say. Choose the one that you want to connect it to.</p>
<dl>${view.choices.map(
      ({ href, resource }) =>
        html`<div><dt>${resource.name}</dt><dd class="row"><span class="small soft">${address(resource.uri)}</span><a href="${href}">Choose ${resource.name}</a></dd></div>`,
    )}</dl>`,
    footer: html`Reference <span class="address">${view.correlation}</span>`,
  })
}
