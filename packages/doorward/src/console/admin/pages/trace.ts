import type { Attempt, TracedEvent, TracedStep } from '../../../authority/trace/attempt.ts'
import type { StoredEvent } from '../../../authority/trace/find-trace.ts'
import { COPY_SCRIPT, copyable } from '../../copy.ts'
import { address, claimed, type Html, html, isolated } from '../../html.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { MOODS, shownClient } from '../attempt-table.ts'
import { eventTable } from '../event-table.ts'
import { explain, explainRefusal } from '../explain.ts'
import { consolePage, type Frame } from '../frame.ts'
import { state, withQuery } from '../parts.ts'

/** Of one step; all of them stand in the table at the end. */
const MOST_SHOWN = 12

export interface TraceView {
  readonly frame: Frame
  /** Where reasons are explained. */
  readonly errors: string
  readonly reference: string
  readonly attempt: Attempt | undefined
  readonly clientName: string | undefined
  readonly person: string | undefined
  /** What has this very reference. */
  readonly events: readonly StoredEvent[]
}

/** One attempt to connect: where it stopped, why, what helps, and every step. */
export function tracePage(view: TraceView, words: Words): Page {
  const { attempt, frame } = view
  if (attempt === undefined) return single(view, words)
  const { adminTrace } = words
  const title = adminTrace.headings[attempt.outcome](shownClient(attempt, view.clientName, words))
  return consolePage({
    words,
    frame,
    title: `${adminTrace.outcomes[attempt.outcome]} · ${attempt.reference}`,
    scripts: [COPY_SCRIPT],
    main: html`<p>${state(MOODS[attempt.outcome], adminTrace.outcomes[attempt.outcome])}</p><h1>${title}</h1>
${ownRefusal(view, attempt, words)}${answer(view, attempt, words)}
<div class="columns"><section aria-labelledby="steps"><h2 id="steps">${adminTrace.steps}</h2>
<ol class="steps">${attempt.steps.map((step) => stepItem(step, attempt, words))}</ol>
<p class="small soft">${adminTrace.joinsExplained}</p></section>
<section class="panel">${facts(view, attempt, words)}</section></div>
<details class="panel"><summary>${adminTrace.allEvents}</summary>${eventTable(
      attempt.steps.flatMap(({ events }) => events.map(({ event }) => event)),
      frame,
      words,
    )}</details>`,
  })
}

function single(view: TraceView, words: Words): Page {
  const { adminTrace } = words
  const isNothing = view.events.length === 0
  const refusal = view.events.findLast(({ outcome }) => outcome === 'refused')
  const explained = refusal && explainRefusal(refusal, undefined, words)
  return consolePage({
    words,
    frame: view.frame,
    title: `${adminTrace.reference} ${view.reference}`,
    status: isNothing ? 404 : 200,
    main: html`<h1>${adminTrace.reference} <span class="address">${view.reference}</span></h1>
<p class="soft">${isNothing ? adminTrace.nothing : adminTrace.noAttempt}</p>
${explained !== undefined && explanation(explained, view.errors, words)}
${!isNothing && html`<section class="panel">${eventTable(view.events, view.frame, words)}</section>`}`,
  })
}

/** Of the very request that was asked about, where the attempt ended otherwise: a call that came later, or one of several. */
function ownRefusal(view: TraceView, attempt: Attempt, words: Words): Html | false {
  const own = view.events.findLast(({ outcome }) => outcome === 'refused')
  if (own === undefined || own.reason === attempt.reason) return false
  const explained = explainRefusal(own, attempt, words)
  return (
    explained !== undefined &&
    html`<div class="answer bad"><p><strong>${words.adminTrace.ownRefusal}</strong></p>${explanation(explained, view.errors, words, own.detail?.what)}</div>`
  )
}

function answer(view: TraceView, attempt: Attempt, words: Words): Html | false {
  const { adminTrace } = words
  const explained = explain(attempt, words)
  if (explained === undefined || attempt.stoppedAt === undefined) return false
  const events = attempt.steps.find(({ step }) => step === attempt.stoppedAt)?.events ?? []
  const told = events.findLast(({ event }) => event.detail?.what !== undefined)
  const isRefusalGuessed = attempt.outcome === 'refused' && events.at(-1)?.join === 'guess'
  const isGuess = attempt.elsewhere?.join === 'guess' || isRefusalGuessed
  return html`<div class="answer ${MOODS[attempt.outcome]}"><p>${adminTrace.stoppedAt}: <strong>${adminTrace.names[attempt.stoppedAt]}</strong>${isGuess && html` <span class="soft">(${adminTrace.joins.guess})</span>`}</p>
${explanation(explained, view.errors, words, attempt.outcome === 'refused' ? told?.event.detail?.what : undefined)}</div>`
}

function explanation(
  { cause, mend, reason }: { cause: string; mend: string; reason?: string },
  errors: string,
  { adminTrace }: Words,
  told?: unknown,
): Html {
  return html`<dl><dt>${adminTrace.cause}</dt><dd>${inEnglish(cause, reason)}</dd>
${told !== undefined && html`<dt>${adminTrace.said}</dt><dd lang="en">${claimed(String(told), 400)}</dd>`}
<dt>${adminTrace.mend}</dt><dd>${inEnglish(mend, reason)}</dd>
${reason !== undefined && html`<dt>${adminTrace.reason}</dt><dd><a href="${errors}/${reason}"><code>${reason}</code></a></dd>`}</dl>`
}

function facts({ frame, clientName, person }: TraceView, attempt: Attempt, words: Words): Html {
  const { adminTrace } = words
  const { client, resource } = attempt
  return html`<h2>${adminTrace.reference}</h2><div class="reference">${copyable(attempt.reference, adminTrace.copyReference, words)}</div>
<dl class="facts">
<div><dt>${adminTrace.began}</dt><dd>${moment(words, attempt.startedAt / 1000)}</dd></div>
<div><dt>${adminTrace.client}</dt><dd>${client === undefined ? adminTrace.unknownClient : html`${clientName !== undefined && words.common.quoted(claimed(clientName))}<span class="line"><a href="${withQuery(`${frame.base}/clients/one`, { id: client })}">${address(client)}</a></span>`}</dd></div>
${resource !== undefined && html`<div><dt>${adminTrace.server}</dt><dd>${address(resource)}</dd></div>`}
${attempt.actor !== undefined && html`<div><dt>${adminTrace.person}</dt><dd>${isolated(person ?? attempt.actor)}</dd></div>`}
</dl>`
}

function stepItem({ step, state: how, events }: TracedStep, attempt: Attempt, words: Words): Html {
  const { adminTrace } = words
  const isHere = attempt.stoppedAt === step && (attempt.outcome === 'refused' || attempt.outcome === 'silent')
  const moods = { done: 'good', refused: 'bad', waiting: 'warn', unseen: 'even', 'not-reached': 'even' } as const
  return html`<li class="${how}${isHere && ' here'}"${isHere && html` aria-current="step"`}><h3>${adminTrace.names[step]} ${state(moods[how], adminTrace.states[how])}${isHere && state('bad', adminTrace.stopsHere)}</h3>
<p class="small soft">${how === 'unseen' ? (attempt.outcome === 'issued' && step === 'call' ? adminTrace.issued.cause : adminTrace.unseen) : adminTrace.meanings[step]}</p>
${events.length > 0 && html`<ul>${events.slice(0, MOST_SHOWN).map((traced) => eventItem(traced, attempt.startedAt, words))}</ul>`}</li>`
}

function eventItem({ event, join }: TracedEvent, startedAt: number, words: Words): Html {
  const { adminTrace } = words
  return html`<li>${moment(words, event.at / 1000)} <span class="soft">+${((event.at - startedAt) / 1000).toFixed(1)} s</span> · <code>${event.type}</code> (<code>${claimed(event.reason)}</code>)${event.network !== undefined && html` · ${adminTrace.from} <span class="address">${event.network}</span>`} <span class="soft">· ${adminTrace.joins[join]}</span></li>`
}

/** The catalogue of reasons is for developers, and in one language. */
function inEnglish(text: string, reason: string | undefined): Html | string {
  return reason === undefined ? text : html`<span lang="en">${text}</span>`
}
