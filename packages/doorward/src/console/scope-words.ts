import { address, claimed, type Html, html, isolated } from './html.ts'
import { CAUTION } from './icons.ts'
import type { DetailView, ScopeView } from './views.ts'
import type { Words } from './words/words.ts'

const MOST_TOOLS_SHOWN = 6
/** All that a person agrees to stands on the page: no value is longer than the config allows (1000). */
const LONGEST_VALUE = 1000

/** The name of the box that allows a scope. */
export function boxOf(scope: string): string {
  return `scope.${scope}`
}

/** One thing that is asked for, and the tools that it opens; with a box where the person picks. */
export function scopeItem({ name, description, tools, pick }: ScopeView, at: number, words: Words): Html {
  const { consent } = words
  const list = tools.map((tool, i) => html`${i > 0 && ', '}<code>${isolated(tool)}</code>`)
  const opens =
    tools.length > MOST_TOOLS_SHOWN
      ? html`<details class="small soft"><summary>${consent.opensMany(address(name), tools.length)}</summary>${list}</details>`
      : html`<span class="line small soft">${tools.length === 0 ? address(name) : consent.opens(address(name), html`${list}`)}</span>`
  if (pick === undefined) return html`<li>${isolated(description)}${opens}</li>`
  const kind =
    pick === 'read'
      ? html`<span class="kind soft">${consent.read}</span>`
      : html`<span class="kind warn">${CAUTION}${consent.write}</span>`
  return html`<li class="pick"><input class="checkbox" type="checkbox" id="pick-${at}" name="${boxOf(name)}" value="yes" form="answer"${pick === 'read' && html` checked`}><label class="bare" for="pick-${at}">${isolated(description)} ${kind}</label>${opens}</li>`
}

/** Agreed to before, and again by the same press: in sight, and quiet. */
export function keptItem({ name, description }: ScopeView): Html {
  return html`<li>${isolated(description)} ${address(name)}</li>`
}

/** Everything that stands in it, in the operator's words. */
export function detailItem({ description, facts }: DetailView): Html {
  const fact = ({ label, values }: DetailView['facts'][number]) =>
    html`<div><dt>${isolated(label)}</dt><dd>${values.map((value) => html`<span class="line">${claimed(value, LONGEST_VALUE)}</span>`)}</dd></div>`
  return html`<li>${isolated(description)}${facts.length > 0 && html`<dl class="detail">${facts.map(fact)}</dl>`}</li>`
}
