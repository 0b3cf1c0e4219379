import type { Attempt } from '../../authority/trace/attempt.ts'
import { address, claimed, type Html, html, isolated } from '../html.ts'
import { moment } from '../moment.ts'
import type { Words } from '../words/words.ts'
import { explain } from './explain.ts'
import type { Frame } from './frame.ts'
import { type Mood, state, table } from './parts.ts'

export const MOODS: Readonly<Record<Attempt['outcome'], Mood>> = {
  connected: 'good',
  issued: 'good',
  refused: 'bad',
  silent: 'bad',
  waiting: 'warn',
  running: 'even',
}

/** What a client calls itself, or its id. */
export function shownClient({ client }: Pick<Attempt, 'client'>, name: string | undefined, words: Words): Html {
  if (name !== undefined) return words.common.quoted(claimed(name, 60))
  return client === undefined ? html`${words.adminTrace.unknownClient}` : address(client.slice(0, 120))
}

/** Attempts, each with its way to its page. */
export function attemptTable(
  attempts: readonly Attempt[],
  names: ReadonlyMap<string, string>,
  frame: Pick<Frame, 'base'>,
  words: Words,
): Html {
  const { adminTrace, admin } = words
  return table(
    adminTrace.title,
    [
      { title: adminTrace.began },
      { title: adminTrace.client },
      { title: adminTrace.ended },
      { title: adminTrace.stoppedAt },
      { title: adminTrace.cause },
      { title: adminTrace.reference },
    ],
    attempts.map((attempt) => {
      const { outcome, stoppedAt, client, reference, resource } = attempt
      return [
        moment(words, attempt.startedAt / 1000),
        html`${shownClient(attempt, names.get(client ?? ''), words)}${resource !== undefined && html`<span class="line small soft">${address(resource)}</span>`}`,
        state(MOODS[outcome], adminTrace.outcomes[outcome]),
        stoppedAt === undefined ? '' : adminTrace.names[stoppedAt],
        causeOf(attempt, words),
        reference === ''
          ? ''
          : html`<a class="address" href="${frame.base}/trace/${encodeURIComponent(reference)}" aria-label="${admin.trace}: ${reference}">${isolated(reference)}</a>`,
      ]
    }),
  )
}

function causeOf(attempt: Attempt, words: Words): Html {
  const explained = explain(attempt, words)
  return html`<span class="small cause"${explained?.reason !== undefined && html` lang="en"`}>${explained?.cause}</span>`
}
