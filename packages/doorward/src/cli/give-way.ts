import { readdirSync, readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { setPriority } from 'node:os'

/** Of a busy core, the thread that answers gets nine tenths. */
const NICENESS = 10
const POOL_THREAD = 'libuv-worker'

/**
 * Lets the threads that hash passwords give way to the one that answers requests: a rush of sign-ins is then slow for itself, and not for
 * whoever has a token already. In Linux a thread has a priority of its own (setpriority(2)); elsewhere nothing happens.
 */
export async function giveWay(): Promise<void> {
  if (process.platform !== 'linux') return
  try {
    // The pool is made with its first task.
    await access('/proc/self/task')
    for (const thread of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()
      if (name === POOL_THREAD) setPriority(Number(thread), NICENESS)
    }
  } catch {
    // Where /proc is closed all threads stay equal: slower in a rush, and nothing else.
  }
}
