import type { News } from '../authority/news.ts'

const BEAT_MILLISECONDS = 500
/** No answer for so long, and the connection is given up for another. */
const PATIENCE_MILLISECONDS = 3000
const LONGEST_PAUSE_MILLISECONDS = 30_000

/** Catches up with other processes over and over, and less often where that fails again and again. Returns what ends it. */
export function keepListening(news: News): () => void {
  const ended = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  async function beat(): Promise<void> {
    try {
      await news.catchUp(AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]))
      failures = 0
    } catch {
      failures++
    }
    if (ended.signal.aborted) return
    const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, BEAT_MILLISECONDS * 2 ** Math.max(0, failures - 1))
    timer = setTimeout(() => void beat(), pause).unref()
  }
  void beat()
  return () => {
    clearTimeout(timer)
    ended.abort()
  }
}
