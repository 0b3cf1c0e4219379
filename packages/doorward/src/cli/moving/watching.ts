import type { Watcher } from '../../store/transfer/filling.ts'
import type { Terminal } from '../commands/command.ts'
import { showProgress } from './progress.ts'

/** Shows how far it is, and stops between two batches when the process is asked to. */
export function watching(terminal: Terminal, json: boolean): { readonly watcher: Watcher; readonly end: () => void } {
  const { told, end } = showProgress(terminal, json)
  let isStopped = false
  void terminal.untilStopped().then(() => {
    isStopped = true
  })
  return { watcher: { told, isStopped: () => isStopped }, end }
}
