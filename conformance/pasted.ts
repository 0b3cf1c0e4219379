// What people are given to paste, as it is printed and as the start page shows it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { makeFolder, type Ready } from './doorward.ts'
import { unescaped } from './person.ts'

export interface Pasted {
  readonly client: string
  readonly hint: string
  readonly text: string
}

/** The blocks of what `dev` and `protect` print: a client and what to do with the lines, then the lines, further in. */
export function pastedFrom(printed: string): Pasted[] {
  const blocks = printed.matchAll(/^ {2}(\S[^:\n]*): (.*)\n((?: {4}.*\n)+)/gm)
  return [...blocks].map(([, client = '', hint = '', lines = '']) => ({
    client,
    hint,
    text: lines.replaceAll(/^ {4}/gm, '').trimEnd(),
  }))
}

/** The same from the start page. */
export async function pastedAt({ issuer }: Pick<Ready, 'issuer'>): Promise<Pasted[]> {
  const html = await (await fetch(issuer)).text()
  const blocks = html.matchAll(
    /<summary>(.*?)<\/summary><div><p[^>]*>(.*?)<\/p>.*?<pre[^>]*><bdi[^>]*>([\s\S]*?)<\/bdi>/g,
  )
  return [...blocks].map(([, client = '', hint = '', text = '']) => ({
    client: plain(client),
    hint: plain(hint),
    text: plain(text),
  }))
}

const plain = (html: string) => unescaped(html.replaceAll(/<[^>]*>/g, ''))

/** The words that a client is started with by the line for it, without its own name. */
export async function wordsFor(door: Pick<Ready, 'issuer'>, client: string): Promise<string[]> {
  const pasted = (await pastedAt(door)).find((one) => one.client === client)
  if (pasted === undefined) throw new Error(`the start page has nothing for ${client}`)
  return pasted.text.split(' ')
}

export interface Spoken {
  /** Everything on standard output until it was ready. */
  readonly printed: string
  readonly stop: () => Promise<void>
}

/** Runs a command that starts a door until it says how to stop it, as somebody would who reads what is printed. */
export async function startSpeaking(
  [command, ...words]: readonly [string, ...string[]],
  { env, folder = makeFolder() }: { env: NodeJS.ProcessEnv; folder?: string },
): Promise<Spoken> {
  // A group of its own: what npm starts stands behind a shell.
  const child = spawn(command, words, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close')
  await Promise.race([
    new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        if (printed.includes('Stop with Ctrl-C.\n')) resolve()
      })
    }),
    ended.then(([status]) => Promise.reject(new Error(`${command} ended with ${status}: ${said}`))),
  ])
  return {
    printed,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGTERM')
      await ended
    },
  }
}
