// Reads what Prometheus would read, and asks its own tool where that is installed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SERIES = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)$/

/** Each series with its value. */
export function readMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

/**
 * The text format as its specification has it: a HELP and a TYPE for each family, before its lines and once; no series twice; of a
 * histogram the buckets grow, and the last is the count.
 * @throws Error naming the line
 */
export function checkExposition(text: string): void {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const seen = new Set<string>()
  const families = new Map<string, string>()
  let family = ''
  let bucket = 0
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (problem: string): never => {
      throw new Error(`${problem}: ${line}`)
    }
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (word === 'HELP') {
      if (!NAME.test(name) || families.has(name)) fail('no name, or one that was there before')
      family = name
    } else if (word === 'TYPE') {
      if (name !== family || !['counter', 'gauge', 'histogram'].includes(rest)) fail('a type of nothing')
      families.set(name, rest)
      if (rest === 'counter' && !name.endsWith('_total')) fail('a counter ends with _total')
    } else {
      const [, series = '', labels = '', value = ''] = SERIES.exec(line) ?? fail('not a series')
      const type = families.get(family) ?? fail('a series without a type')
      const suffix = type === 'histogram' ? /_(bucket|sum|count)$/.exec(series)?.[1] : ''
      if (suffix === undefined || series !== (suffix === '' ? family : `${family}_${suffix}`)) fail('of another family')
      if (seen.has(`${series}{${labels}}`)) fail('twice')
      seen.add(`${series}{${labels}}`)
      const number = Number(value.replace('Inf', 'Infinity'))
      if (Number.isNaN(number)) fail('not a number')
      if (type === 'counter' && number < 0) fail('a counter below 0')
      if (suffix === 'bucket') {
        if (/le="\+Inf"/.test(labels) && number < bucket) fail('less than a smaller bucket')
        bucket = /le="\+Inf"/.test(labels) ? number : Math.max(bucket, number)
      }
      if (suffix === 'count') {
        if (number !== bucket) fail(`the last bucket is ${bucket}`)
        bucket = 0
      }
    }
  }
}

/**
 * Asks promtool (Debian's package prometheus), which `PROMTOOL` names or the path has. Where neither does, nothing is asked; the
 * strict reader above is asked in any case.
 */
export async function promtool(args: readonly string[], input = ''): Promise<'asked' | 'not there'> {
  const named = process.env.PROMTOOL
  const child = spawn(named ?? 'promtool', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const problem = await Promise.race([once(child, 'spawn').then(() => undefined), once(child, 'error')])
  if (problem !== undefined) {
    if (named !== undefined) throw new Error(`PROMTOOL names '${named}', which cannot be run`)
    return 'not there'
  }
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  child.stdin.end(input)
  const [status] = (await once(child, 'close')) as [number]
  if (status !== 0) throw new Error(`promtool ${args.join(' ')} ended with ${status}: ${said}`)
  return 'asked'
}
