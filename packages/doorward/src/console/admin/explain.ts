import { REASONS, type Reason } from '@doorward/core/oauth/reasons'
import type { Attempt } from '../../authority/trace/attempt.ts'
import type { Words } from '../words/words.ts'

export interface Explained {
  readonly cause: string
  readonly mend: string
  /** Where it stands among all reasons. */
  readonly reason?: Reason
}

/** Why an attempt stopped where it did, and what helps; undefined where nothing is wrong or it is too early to tell. */
export function explain(
  { outcome, stoppedAt, reason }: Pick<Attempt, 'outcome' | 'stoppedAt' | 'reason'>,
  { adminTrace }: Pick<Words, 'adminTrace'>,
): Explained | undefined {
  switch (outcome) {
    case 'connected':
    case 'running':
      return undefined
    case 'waiting':
      return { cause: adminTrace.asked, mend: adminTrace.askedMend }
    case 'silent':
      return adminTrace.silence[stoppedAt ?? 'call']
    case 'refused':
      if (isReason(reason)) return { ...REASONS[reason], reason }
      return stoppedAt === 'sign-in' ? adminTrace.signInRefused : adminTrace.unknownReason
    default:
      return outcome satisfies never
  }
}

function isReason(name: string | undefined): name is Reason {
  return name !== undefined && Object.hasOwn(REASONS, name)
}
