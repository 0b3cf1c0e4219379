import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { processNumbers } from '../telemetry/numbers.ts'

const NANOSECONDS = 1e9
const MICROSECONDS = 1e6
const RESOLUTION_MILLISECONDS = 10

/** Reads what the process can say of itself, each time that it is asked. */
export function processReader(numbers: ReturnType<typeof processNumbers>): { read: () => void; stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS })
  delay.enable()
  let counted = 0
  numbers.started.set([], Date.now() / 1000 - process.uptime())
  return {
    read: () => {
      const { user, system } = process.cpuUsage()
      const used = (user + system) / MICROSECONDS
      numbers.cpu.add([], used - counted)
      counted = used
      const { rss, heapUsed } = process.memoryUsage()
      numbers.resident.set([], rss)
      numbers.heap.set([], heapUsed)
      // It measures from one tick of its own to the next; what is above that is late.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MILLISECONDS / 1000)
      numbers.lagMedian.set([], late(delay.percentile(50)))
      numbers.lagMost.set([], late(delay.percentile(99)))
      numbers.lagLongest.set([], late(delay.max))
      delay.reset()
      readFiles(numbers)
    },
    stop: () => delay.disable(),
  }
}

/** Linux tells; where nobody tells, nothing is said. */
function readFiles({ files, mostFiles }: ReturnType<typeof processNumbers>): void {
  try {
    files.set([], readdirSync('/proc/self/fd').length - 1)
    const most = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    if (most !== undefined) mostFiles.set([], Number(most))
  } catch {
    // Another system.
  }
}
