import { OAuthError } from '@doorward/core/oauth/error'
import { OFFLINE_ACCESS } from '../context.ts'
import type { Interaction } from './interaction.ts'

/** What a person chose beside yes. */
export interface Choice {
  /** The scopes that they ticked, of those that the page offered to tick. */
  readonly ticked: readonly string[]
  /** The days after which the access ends for good; undefined for until it is disconnected. */
  readonly days: number | undefined
  /** The person carries the answer to the application, which waits on another machine. */
  readonly byHand: boolean
}

/** Yes and no more: what has to be ticked is not granted. */
export const NO_CHOICE: Choice = { ticked: [], days: undefined, byHand: false }

/** The ends that a person may choose, in days. */
export const DAYS: readonly number[] = [1, 7, 30, 90]

/**
 * The scopes that are granted only where they are ticked: those that the operator marked as reading or writing, of what is
 * asked for now. Where one thing is asked there is nothing to pick from; the button says it.
 */
export function choicesOf({ scopes, resource }: Interaction, kept: readonly string[]): readonly string[] {
  const fresh = scopes.filter((scope) => scope !== OFFLINE_ACCESS && !kept.includes(scope))
  return fresh.length < 2 ? [] : fresh.filter((scope) => resource.scopes[scope]?.access !== undefined)
}

/**
 * What of the request the person allows: never more than was asked for (RFC 6749 §3.3 lets us give less).
 * @throws OAuthError `nothing_chosen` where nothing is left.
 */
export function chosenScopes(interaction: Interaction, { ticked }: Pick<Choice, 'ticked'>): readonly string[] {
  const choices = choicesOf(interaction, interaction.pending.kept ?? [])
  const chosen = interaction.scopes.filter((scope) => !choices.includes(scope) || ticked.includes(scope))
  const isNothing =
    choices.length > 0 && chosen.every((scope) => scope === OFFLINE_ACCESS || isKept(interaction, scope))
  if (isNothing) throw new OAuthError('invalid_request', 'Nothing that is asked for was ticked', 'nothing_chosen')
  return chosen
}

function isKept({ pending }: Interaction, scope: string): boolean {
  return pending.kept?.includes(scope) === true
}

/** Whether the answer may be shown to be carried by hand: to this computer or one that stands for it, nowhere else. */
export function mayCarry(
  { policy }: { readonly policy: { readonly answersByHand: 'allow' | 'refuse' } },
  interaction: Interaction,
): boolean {
  return policy.answersByHand === 'allow' && interaction.destination?.kind === 'loopback'
}
