import { REASONS, type Reason } from '@doorward/core/oauth/reasons'
import type { Attempt } from '../../authority/trace/attempt.ts'
import type { StoredEvent } from '../../authority/trace/find-trace.ts'
import type { Words } from '../words/words.ts'

export interface Explained {
  readonly cause: string
  readonly mend: string
  /** Where it stands among all reasons. */
  readonly reason?: Reason
}

/** What has to be known of an attempt to say why it stopped. */
export type Stopped = Pick<Attempt, 'outcome'> & Partial<Pick<Attempt, 'stoppedAt' | 'reason' | 'ended' | 'elsewhere'>>

/** Why an attempt stopped where it did, and what helps; undefined where nothing is wrong or it is too early to tell. */
export function explain(stopped: Stopped, { adminTrace }: Pick<Words, 'adminTrace'>): Explained | undefined {
  const { outcome, stoppedAt } = stopped
  switch (outcome) {
    case 'connected':
    case 'running':
      return undefined
    case 'issued':
      return adminTrace.issued
    case 'waiting':
      return { cause: adminTrace.asked, mend: adminTrace.askedMend }
    case 'silent':
      return explainSilence(stopped, adminTrace)
    case 'refused':
      return (
        explainEnding(endingOf(stopped), adminTrace) ??
        inCatalogue(stopped.reason) ??
        (stoppedAt === 'sign-in' ? adminTrace.signInRefused : adminTrace.unknownReason)
      )
    default:
      return outcome satisfies never
  }
}

/** The machine's word for the cause. */
export function nameOfCause(stopped: Stopped): string | undefined {
  return stopped.elsewhere === undefined ? (endingOf(stopped) ?? stopped.reason) : 'host.differs'
}

/** The refusal of one request, which may be of an attempt that ended otherwise. */
export function explainRefusal(
  { reason, grant }: Pick<StoredEvent, 'reason' | 'grant'>,
  attempt: Partial<Pick<Attempt, 'grant' | 'ended'>> | undefined,
  words: Pick<Words, 'adminTrace'>,
): Explained | undefined {
  const ended = grant !== undefined && grant === attempt?.grant ? attempt.ended : undefined
  return explain({ outcome: 'refused', reason, ended }, words)
}

function explainSilence(
  { stoppedAt = 'call', elsewhere }: Stopped,
  { silence, elsewhere: words }: Words['adminTrace'],
): Explained {
  const usual = silence[stoppedAt]
  if (elsewhere === undefined) return usual
  const { host, issuer, join } = elsewhere
  const mend = words.mend(host, issuer)
  if (join === 'certain') return { cause: words.cause(host, issuer), mend }
  return { cause: `${words.guess(host, issuer)} ${words.or} ${usual.cause}`, mend: `${mend} ${words.or} ${usual.mend}` }
}

/** That a grant has ended is what follows; why it has is the cause. */
function endingOf({ reason, ended }: Stopped): string | undefined {
  return reason === 'grant_revoked' ? ended : undefined
}

/** An end that is a refusal itself is in the catalogue. */
function explainEnding(ended: string | undefined, { endings }: Words['adminTrace']): Explained | undefined {
  return ended !== undefined && Object.hasOwn(endings, ended)
    ? endings[ended as keyof typeof endings]
    : inCatalogue(ended)
}

function inCatalogue(name: string | undefined): Explained | undefined {
  return isReason(name) ? { ...REASONS[name], reason: name } : undefined
}

function isReason(name: string | undefined): name is Reason {
  return name !== undefined && Object.hasOwn(REASONS, name)
}
