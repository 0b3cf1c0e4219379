import { APPROVAL_SCRIPT } from '../approval-script.ts'
import { knownOf, nameOf, warningOf, whereTo } from '../client-words.ts'
import { address, type Html, html, isolated } from '../html.ts'
import { page, referenceFooter } from '../layout.ts'
import type { ApprovalView, Page } from '../views.ts'
import type { Words } from '../words/words.ts'

/** An operator has to admit the application first. The tab stays where it is and goes on by itself. */
export function approvalPage(view: ApprovalView, words: Words): Page {
  const { client, destination, resource, isAsked } = view
  return page({
    words,
    title: isAsked ? 'Waiting for an operator' : 'An operator has to agree first',
    scripts: [APPROVAL_SCRIPT],
    main: html`<div id="approval" data-state="${isAsked && view.state}" data-again="${view.again}">${knownOf(client)}
<h1>${isAsked ? 'Waiting for an operator' : 'An operator has to agree first'}</h1>
${nameOf(client)}${warningOf(client)}
<p>${isAsked ? 'An operator of this server was asked. You can leave this page open: it goes on by itself once they agreed.' : 'Nobody vouches for this application, so an operator of this server has to admit it before you can connect it.'}</p>
<dl class="facts">
<div><dt>Answer goes to</dt><dd>${whereTo(destination)}</dd></div>
<div><dt>MCP server</dt><dd><strong>${isolated(resource.name)}</strong><span class="line">${address(resource.uri)}</span></dd></div>
<div><dt>Your account</dt><dd class="row">${isolated(view.email)}<a class="small" href="${view.switchAccount}">Use another account</a></dd></div>
</dl>
${isAsked ? waiting(view) : asking(view)}</div>`,
    footer: referenceFooter(words, view.correlation),
  })
}

function asking(view: ApprovalView): Html {
  return html`<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<div class="actions"><button class="secondary" name="decision" value="deny">Do not connect</button><button class="primary" name="decision" value="ask">Ask an operator</button></div></form>`
}

function waiting(view: ApprovalView): Html {
  return html`<p role="status" class="soft">Not answered yet.</p>
<p class="small soft">Operators admit it with <code>doorward client approve ${quotedForShell(view.client.id)}</code>.</p>
<div class="actions"><a class="button secondary" href="${view.again}">Look again</a></div>`
}

/** An id of a stranger's making must not become a command when an operator pastes it. */
function quotedForShell(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
