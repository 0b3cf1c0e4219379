import type { Reason } from '@doorward/core/oauth/reasons'

export interface ProblemView {
  readonly status: number
  readonly situation: 'connection' | 'page' | 'signIn' | 'nothingHere'
  /** What went wrong, in a sentence a tired developer can act on. */
  readonly cause: string
  readonly mend: string
  readonly code: string
  readonly reason: Reason
  /** Where the reason is explained. */
  readonly help: string
  readonly correlation: string
  /** For operators: where the story behind the reference stands. */
  readonly trace?: string | undefined
  /** The page that sent it, to be opened anew. */
  readonly page?: string | undefined
  /** Where to go from here, if the person wants to. */
  readonly next?: { readonly href: string; readonly place?: string } | undefined
}

/** One reason, and where all of them are. */
export interface ReasonView {
  readonly action: string
  readonly name: Reason
  readonly cause: string
  readonly mend: string
  readonly situation: { readonly title: string }
}

/** Every reason for which something is refused, as in `docs/errors.md`. */
export interface ErrorsView {
  /** The address of the page itself; a reason has the one below it. */
  readonly action: string
  readonly situations: readonly {
    readonly title: string
    readonly lead: string
    readonly reasons: Readonly<Record<string, { readonly cause: string; readonly mend: string }>>
  }[]
}
