import { OAuthError } from '@doorward/core/oauth/error'
import type { InputOf, OutputOf } from '../../authority/admin/act.ts'
import type { ActionName } from '../../authority/admin/actions/index.ts'
import type { Terminal } from '../commands/command.ts'
import type { DatabaseOptions } from '../database.ts'
import { FailedError, UsageError } from '../problem.ts'

/** Does what operators do: on the database that lies here, or at a server elsewhere. Commands do not see which. */
export interface Governor {
  /** @throws OAuthError where it is refused. */
  readonly act: <Name extends ActionName>(name: Name, input: InputOf<Name>) => Promise<OutputOf<Name>>
  /** What is governed, as a sentence names it: a database, or an issuer. */
  readonly at: string
  /** Every scope that the config file knows; undefined where there is none that says so. */
  readonly scopes?: () => readonly string[] | undefined
  readonly close: () => Promise<void>
}

export interface GovernOptions extends DatabaseOptions {
  readonly remote?: string
  readonly json?: boolean
}

/**
 * Opens what the options and the environment mean, works, closes it.
 * @throws UsageError or FailedError with the cause and the mend of a refusal.
 */
export async function govern<T>(
  options: GovernOptions,
  terminal: Terminal,
  work: (governor: Governor) => Promise<T>,
): Promise<T> {
  const governor = await open(options, terminal)
  try {
    return await work(governor)
  } catch (error) {
    throw error instanceof OAuthError ? await inWords(error) : error
  } finally {
    await governor.close()
  }
}

async function open(options: GovernOptions, terminal: Terminal): Promise<Governor> {
  const isHere = options.database !== undefined || options.config !== undefined
  if (isHere && options.remote !== undefined)
    throw new UsageError(
      '--remote means a server elsewhere, and --database and --config mean this one; keep one of them.',
    )
  const remote = options.remote ?? (isHere ? undefined : terminal.env.DOORWARD_REMOTE)
  if (remote === undefined) return (await import('./local.ts')).localGovernor(options, terminal.env)
  return (await import('./remote.ts')).remoteGovernor(remote, terminal.env)
}

const MOST_PAGES = 10_000

/**
 * Every page of a list.
 * @throws FailedError where it leads on and on: a server elsewhere says what it likes.
 */
export async function everything<Item>(
  page: (after: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next?: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = []
  let after: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { items, next } = await page(after)
    all.push(...items)
    if (next === undefined) return all
    if (items.length === 0 || next === after) break
    after = next
  }
  throw endless()
}

export function endless(): FailedError {
  return new FailedError(
    'The list that the server answers with does not end; it may not be a Doorward, or not be well.',
  )
}

/** The cause as it was said, the mend as the catalogue of refusals has it. */
async function inWords({ description, reason, status }: OAuthError): Promise<Error> {
  const { REASONS } = await import('@doorward/core/oauth/reasons')
  const mend = Object.hasOwn(REASONS, reason) ? REASONS[reason].mend : ''
  const cause = description.replace(/\.$/, '')
  // Said with a mend already, or with one for those who write to the API.
  const isSaid = cause.includes('; ') || reason === 'admin_input'
  const sentence = mend === '' || isSaid ? `${cause}.` : `${cause}; ${mend.slice(0, 1).toLowerCase()}${mend.slice(1)}`
  return status === 400 ? new UsageError(sentence) : new FailedError(sentence)
}
