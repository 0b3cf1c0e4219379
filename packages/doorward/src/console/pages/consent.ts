import { accountFact } from '../account-choice.ts'
import { knownOf, nameOf, warningOf, whereTo } from '../client-words.ts'
import { CONSENT_SCRIPT } from '../consent-script.ts'
import { address, type Html, html, isolated } from '../html.ts'
import { CAUTION } from '../icons.ts'
import { page, referenceFooter } from '../layout.ts'
import { detailItem, keptItem, scopeItem } from '../scope-words.ts'
import type { ClientView, ConsentView, Page, RedirectView } from '../views.ts'
import type { Words } from '../words/words.ts'

/** The question that everything is about. What is known comes before what is claimed. */
export function consentPage(view: ConsentView, words: Words): Page {
  const { client, destination, resource, scopes } = view
  const { common, consent } = words
  const isMore = view.kept.length > 0
  const picks = scopes.some(({ pick }) => pick !== undefined)
  const list = html`<ul class="scopes${isMore && ' added'}">${scopes.map((scope, i) => scopeItem(scope, i, words))}</ul>`
  return page({
    words,
    title: isMore ? consent.titleMore : consent.title,
    status: view.isEmpty ? 400 : 200,
    scripts: [CONSENT_SCRIPT],
    main: html`<div id="question">${knownOf(client, words)}
<h1>${(isMore ? consent.headingMore : consent.heading)(isolated(resource.name))}</h1>
${nameOf(client, words)}${warningOf(client, words)}
${view.isEmpty && html`<div class="note bad" role="alert">${CAUTION}<span>${consent.chooseSomething}</span></div>`}
<dl class="facts">
<div><dt>${common.answerGoesTo}</dt><dd>${whereTo(destination, words)}</dd></div>
<div><dt>${common.server}</dt><dd><strong>${isolated(resource.name)}</strong><span class="line">${address(resource.uri)}</span></dd></div>
<div><dt>${isMore ? consent.mayAlso : consent.may}</dt><dd>${scopes.length === 0 ? consent.undivided : list}${picks && html`<span class="line small soft">${consent.choose}</span>`}</dd></div>
${unavailableFact(view, words)}
${isMore && html`<div><dt>${consent.asBefore}</dt><dd class="soft"><ul class="scopes kept small">${view.kept.map(keptItem)}</ul><span class="line small">${consent.asBeforeHint}</span></dd></div>`}
${view.details.length > 0 && html`<div><dt>${consent.inDetail}</dt><dd><ul class="scopes">${view.details.map(detailItem)}</ul></dd></div>`}
<div><dt><label class="bare" for="days">${consent.forHowLong}</label></dt><dd>${howLong(view, words)}</dd></div>
${accountFact(view, words)}
</dl>
${view.admits && html`<p class="small">${consent.admits(placesOf(client, words))}</p>`}
<form id="answer" method="post" action="${view.action}"><input type="hidden" name="request" value="${view.request}">
<div class="actions"><button class="secondary" name="decision" value="deny">${consent.deny}</button><button class="primary" name="decision" value="approve">${consent.allow}</button></div>
${view.mayCarry && elsewhere(words)}</form>
${destination.kind === 'private-use' && html`<p class="small soft">${consent.afterwards(address(`${schemeOf(destination.shown)}:`))}</p>`}</div>
${destination.kind === 'private-use' && returnNotice(destination, words)}`,
    footer: referenceFooter(words, view.correlation),
  })
}

/** Asked for, and not to be had: said, so that nobody wonders what an application lacks. */
function unavailableFact({ unavailable = [] }: ConsentView, { groups }: Words): Html | false {
  return (
    unavailable.length > 0 &&
    html`<div><dt>${groups.unavailable}</dt><dd class="soft"><ul class="scopes kept unavailable small">${unavailable.map(keptItem)}</ul><span class="line small">${groups.whyUnavailable}</span></dd></div>`
  )
}

function howLong({ days, idleDays, accessMinutes }: ConsentView, { consent }: Words): Html {
  return html`<select class="field" id="days" name="days" form="answer"><option value="">${consent.untilDisconnected}</option>${days.map((count) => html`<option value="${count}">${consent.days(count)}</option>`)}</select>
<span class="line small soft">${consent.idle(idleDays)} ${consent.eachToken(accessMinutes)}</span>`
}

/** Last in the form: the key Enter presses its first button, which denies. */
function elsewhere({ consent }: Words): Html {
  return html`<details class="elsewhere"><summary>${consent.elsewhere}</summary>
<p class="small soft">${consent.elsewhereHint}</p>
<div class="note warn">${CAUTION}<span>${consent.elsewhereCaution}</span></div>
<button class="secondary full" name="decision" value="show">${consent.showAnswer}</button></details>`
}

function placesOf({ alsoAt = [], onDevices = false }: ClientView, { consent }: Words): Html {
  const places = [...alsoAt.map(address), ...(onDevices ? [html`${consent.anyDevice}`] : [])]
  return html`${places.map((place, i) => html`${i > 0 && ', '}${place}`)}`
}

/** For the script to show once the answer has gone to an application, because the browser stays here then. */
function returnNotice({ shown }: RedirectView, { consent }: Words): Html {
  const scheme = schemeOf(shown)
  const again = html`<button type="button" class="plain">${consent.answerAgain}</button>`
  return html`<template><div><h1 tabindex="-1">${consent.returnTo(isolated(scheme))}</h1>
<p>${consent.returnHint(address(`${scheme}:`))}</p>
<p class="soft">${consent.returnAgain(again)}</p></div></template>`
}

function schemeOf(shown: string): string {
  return shown.slice(0, Math.max(0, shown.indexOf(':'))) || shown
}
