import { address, claimed, type Html, html } from '../html.ts'
import { page } from '../layout.ts'
import type { ConsentView, DestinationView, Page, ScopeView } from '../views.ts'

const MOST_TOOLS_SHOWN = 6

/**
 * What is known comes before what is claimed. The script only says what happened after the answer went to an application
 * (the browser stays on this page then) and keeps a hurried second click from doubling the wait.
 */
export function consentPage(view: ConsentView): Page {
  const { client, destination, resource } = view
  return page({
    title: 'Allow access?',
    script: SCRIPT,
    main: html`<div id="question">${
      client.assurance === 'operator'
        ? html`<span class="badge good">Registered by the operator of this server</span>`
        : html`<span class="badge warn">Unverified application</span>`
    }
<h1>Allow access to ${resource.name}?</h1>
${
  client.claimedName === undefined
    ? html`<p>It gives no name.</p>`
    : html`<p>${client.assurance === 'operator' ? 'It is called ' : 'It calls itself '}${claimed(client.claimedName)}${client.assurance === 'claimed' && html`<span class="soft">; nobody has checked that</span>`}.</p>`
}
<dl>
<div><dt>Where the answer goes</dt><dd>${where(destination)}</dd></div>
<div><dt>MCP server</dt><dd><strong>${resource.name}</strong><br><span class="small soft">${address(resource.uri)}</span></dd></div>
<div><dt>It may, in your name</dt><dd><ul class="scopes">${view.scopes.map(scopeItem)}</ul></dd></div>
<div><dt>For how long</dt><dd>Until you disconnect it, or ${view.idleDays} days after it was last used. Each pass it carries lasts ${view.accessMinutes} minutes.</dd></div>
<div><dt>Your account</dt><dd class="row"><span>${view.email}</span><a class="small" href="${view.switchAccount}">Use another account</a></dd></div>
</dl>
<form method="post" action="${view.action}" data-kind="${destination.kind}"><input type="hidden" name="request" value="${view.request}">
<div class="actions"><button class="secondary" name="decision" value="deny">Deny</button><button class="primary" name="decision" value="approve">Allow</button></div></form></div>
<div id="sent" hidden><h1 tabindex="-1">You can return to your application now</h1><p class="soft">The answer went to ${address(destination.shown)}. If nothing happened there, go back and answer again; you may close this page otherwise.</p></div>`,
    footer: html`Reference <span class="address">${view.correlation}</span>`,
  })
}

function where({ kind, shown }: DestinationView): Html {
  switch (kind) {
    case 'https':
      return html`<strong>${address(shown)}</strong>`
    case 'loopback':
      return html`<strong>This computer</strong> (${address(shown)})<div class="note warn"><p>Continue only if you just started this from an application on this computer.</p></div>`
    case 'private-use':
      return html`<strong>An application on this device</strong>, the one that opens ${address(shown)}<div class="note warn"><p>Continue only if you just started this from that application.</p></div>`
    default:
      return kind satisfies never
  }
}

function scopeItem({ name, description, tools }: ScopeView): Html {
  const list = html`<span class="small soft">${tools.length === 1 ? 'Tool' : 'Tools'}: ${tools.join(', ')}</span>`
  return html`<li>${description} <span class="small soft">(${address(name)})</span>${
    tools.length === 0
      ? undefined
      : tools.length <= MOST_TOOLS_SHOWN
        ? html`<br>${list}`
        : html`<details><summary>Opens ${tools.length} tools</summary>${list}</details>`
  }</li>`
}

const SCRIPT = `(()=>{const form=document.querySelector('form');let sent=false;
form.addEventListener('submit',e=>{if(sent){e.preventDefault();return}sent=true;
setTimeout(()=>form.querySelectorAll('button').forEach(b=>b.setAttribute('aria-disabled','true')));
if(form.dataset.kind==='private-use')setTimeout(()=>{document.getElementById('question').hidden=true;const s=document.getElementById('sent');s.hidden=false;s.querySelector('h1').focus()},900)});
addEventListener('pageshow',()=>{sent=false;form.querySelectorAll('button').forEach(b=>b.removeAttribute('aria-disabled'))})})()`
