import { knownOf, nameOf, warningOf, whereTo } from '../client-words.ts'
import { CONSENT_SCRIPT } from '../consent-script.ts'
import { address, claimed, type Html, html, isolated } from '../html.ts'
import { page, referenceFooter } from '../layout.ts'
import type { ClientView, ConsentView, DetailView, Page, RedirectView, ScopeView } from '../views.ts'
import type { Words } from '../words/words.ts'

const MOST_TOOLS_SHOWN = 6
/** All that a person agrees to stands here: no value is longer than the config allows (1000). */
const LONGEST_VALUE = 1000

/** The question that everything is about. What is known comes before what is claimed. */
export function consentPage(view: ConsentView, words: Words): Page {
  const { client, destination, resource } = view
  const isMore = view.kept.length > 0
  return page({
    words,
    title: isMore ? 'Allow more access?' : 'Allow access?',
    scripts: [CONSENT_SCRIPT],
    main: html`<div id="question">${knownOf(client)}
<h1>Allow ${isMore ? 'more access' : 'access'} to ${isolated(resource.name)}?</h1>
${nameOf(client)}${warningOf(client)}
<dl class="facts">
<div><dt>Answer goes to</dt><dd>${whereTo(destination)}</dd></div>
<div><dt>MCP server</dt><dd><strong>${isolated(resource.name)}</strong><span class="line">${address(resource.uri)}</span></dd></div>
<div><dt>${isMore ? 'It may also' : 'It may'}</dt><dd>${view.scopes.length === 0 ? 'Use this MCP server in your name; the server divides that no further.' : html`<ul class="scopes${isMore && ' added'}">${view.scopes.map(scopeItem)}</ul>`}</dd></div>
${unavailableFact(view, words)}
${isMore && html`<div><dt>As before</dt><dd class="soft"><ul class="scopes kept small">${view.kept.map(keptItem)}</ul><span class="line small">You allowed this to an application with this identity before. Whoever asks now gets it too.</span></dd></div>`}
${view.details.length > 0 && html`<div><dt>In detail</dt><dd><ul class="scopes">${view.details.map(detailItem)}</ul></dd></div>`}
<div><dt>For how long</dt><dd>Until it is disconnected, or after ${counted(view.idleDays, 'day')} without use. <span class="soft">Each token lasts ${counted(view.accessMinutes, 'minute')}.</span></dd></div>
<div><dt>Your account</dt><dd class="row">${isolated(view.email)}<a class="small" href="${view.switchAccount}">Use another account</a></dd></div>
</dl>
${view.admits && html`<p class="small">You are an operator: allowing it also admits this application for everybody here, wherever it may take its answers: ${placesOf(client)}.</p>`}
<form method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<div class="actions"><button class="secondary" name="decision" value="deny">Deny</button><button class="primary" name="decision" value="approve">Allow</button></div></form></div>
${destination.kind === 'private-use' && returnNotice(destination)}`,
    footer: referenceFooter(words, view.correlation),
  })
}

/** Asked for, and not to be had: said, so that nobody wonders what an application lacks. */
function unavailableFact({ unavailable = [] }: ConsentView, { groups }: Words): Html | false {
  return (
    unavailable.length > 0 &&
    html`<div><dt>${groups.unavailable}</dt><dd class="soft"><ul class="scopes kept small">${unavailable.map(keptItem)}</ul><span class="line small">${groups.whyUnavailable}</span></dd></div>`
  )
}

function placesOf({ alsoAt = [], onDevices = false }: ClientView): Html {
  const places = [...alsoAt.map(address), ...(onDevices ? [html`any device`] : [])]
  return html`${places.map((place, i) => html`${i > 0 && ', '}${place}`)}`
}

function scopeItem({ name, description, tools }: ScopeView): Html {
  const list = tools.map((tool, i) => html`${i > 0 && ', '}<code>${isolated(tool)}</code>`)
  const opens = html`${address(name)}${tools.length > 0 && ' opens '}`
  return html`<li>${isolated(description)}${
    tools.length > MOST_TOOLS_SHOWN
      ? html`<details class="small soft"><summary>${opens}${tools.length} tools</summary>${list}</details>`
      : html`<span class="line small soft">${opens}${list}</span>`
  }</li>`
}

/** Agreed to before, and again by the same press: in sight, and quiet. */
function keptItem({ name, description }: ScopeView): Html {
  return html`<li>${isolated(description)} ${address(name)}</li>`
}

function detailItem({ description, facts }: DetailView): Html {
  const fact = ({ label, values }: DetailView['facts'][number]) =>
    html`<div><dt>${isolated(label)}</dt><dd>${values.map((value) => html`<span class="line">${claimed(value, LONGEST_VALUE)}</span>`)}</dd></div>`
  return html`<li>${isolated(description)}${facts.length > 0 && html`<dl class="detail">${facts.map(fact)}</dl>`}</li>`
}

/** For the script to show once the answer has gone to an application, because the browser stays here then. */
function returnNotice({ shown }: RedirectView): Html {
  const scheme = schemeOf(shown)
  return html`<template><div><h1 tabindex="-1">You can return to ${isolated(scheme)} now</h1>
<p>Your answer went to the application that opens ${address(`${scheme}:`)} links. You may close this page.</p>
<p class="soft">Nothing happened there? <button type="button" class="plain">Answer again</button></p></div></template>`
}

function schemeOf(shown: string): string {
  return shown.slice(0, Math.max(0, shown.indexOf(':'))) || shown
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
