import type { Tell } from './open.ts'
import type { Signal } from './settings.ts'

/** As every exporter of the SDK says what became of a batch. */
interface Result {
  readonly code: number
  readonly error?: Error
}

interface Exporter<Items> {
  export(items: Items, done: (result: Result) => void): void
}

const SENT = 0

/** The same exporter; what becomes of each batch is told besides. */
export function telling<Items, Any extends Exporter<Items>>(exporter: Any, signal: Signal, tell: Tell): Any {
  const send = exporter.export.bind(exporter)
  exporter.export = (items: Items, done: (result: Result) => void) => {
    send(items, (result) => {
      tell(signal, result.code === SENT ? undefined : (result.error?.message ?? 'refused').slice(0, 200))
      done(result)
    })
  }
  return exporter
}
