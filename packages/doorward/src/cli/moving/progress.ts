import type { Progress } from '../../store/transfer/filling.ts'
import type { Terminal } from '../commands/command.ts'

const LINE_MILLISECONDS = 1000
const SCREEN_MILLISECONDS = 100
const BAR_CHARACTERS = 30

export interface ProgressShown {
  readonly told: (progress: Progress) => void
  /** Leaves the line of the bar behind. */
  readonly end: () => void
}

/**
 * A bar where somebody looks at a screen; else a line a second at most, or with `json` one of JSON on standard output.
 * @param now milliseconds
 */
export function showProgress(terminal: Terminal, json: boolean, now: () => number = () => Date.now()): ProgressShown {
  const every = terminal.redraw !== undefined && !json ? SCREEN_MILLISECONDS : LINE_MILLISECONDS
  let last = now()
  let isDrawn = false
  return {
    told: (progress) => {
      const at = now()
      if (at - last < every) return
      last = at
      if (json) return terminal.print(JSON.stringify(progress))
      if (terminal.redraw === undefined) return terminal.say(inWords(progress))
      isDrawn = true
      terminal.redraw(`${bar(share(progress))} ${inWords(progress)}`)
    },
    end: () => {
      if (isDrawn) terminal.redraw?.('')
    },
  }
}

function inWords({ step, table, rows, of }: Progress): string {
  const what = step === 'copying' ? 'Copying' : 'Comparing'
  return `${what} ${table}: ${rows} of ${of} rows (${Math.floor(share({ rows, of }) * 100)} %)`
}

function share({ rows, of }: Pick<Progress, 'rows' | 'of'>): number {
  return of === 0 ? 1 : Math.min(1, rows / of)
}

export function bar(share: number): string {
  const full = Math.round(share * BAR_CHARACTERS)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CHARACTERS - full)}`
}
