import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'
import { DOOR, DOOR_LINK } from './icons.ts'
import { STYLE } from './style.ts'
import type { Page } from './views.ts'
import type { Words } from './words/words.ts'

/** A constant of ours, of which there are a few: as it is sent, and as the policy names it. */
interface Inline {
  readonly bytes: Buffer<ArrayBuffer>
  readonly hash: string
}
const inlines = new Map<string, Inline>()
const END = Buffer.from('</body></html>')

const HEAD = html`<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><link rel="icon" href="${DOOR_LINK}">`

export interface Layout {
  readonly words: Words
  readonly title: string
  readonly status?: number
  readonly wide?: boolean
  /** Makes it a page of the operator console: the landmark with its sections, and what it looks like besides. */
  readonly sections?: { readonly nav: Html; readonly style: string } | undefined
  /** Stands beside the wordmark. */
  readonly aside?: Html | undefined
  readonly main: Html
  readonly footer?: Html
  /** Constant scripts of ours; their hashes go into the policy. */
  readonly scripts?: readonly string[]
}

/** Every page: one landmark of each kind, one heading, one stylesheet, nothing from elsewhere. */
export function page({
  words,
  title,
  status = 200,
  wide = false,
  sections,
  aside,
  main,
  footer,
  scripts = [],
}: Layout): Page {
  const name = html`<title>${title}${title !== 'Doorward' && ' · Doorward'}</title>`
  const body = html`<header><span class="mark">${DOOR}Doorward</span>${aside}</header>
${sections?.nav}<main id="main">${main}</main>${footer !== undefined && html`<footer>${footer}</footer>`}`
  const look = sections === undefined ? (wide ? ' class="wide"' : '') : ' class="console"'
  const styles = [inline('style', STYLE), ...(sections === undefined ? [] : [inline('style', sections.style)])]
  const ends = scripts.map((script) => inline('script', script))
  return {
    status,
    bytes: Buffer.concat([
      Buffer.from(`<!doctype html><html lang="${words.lang}"><head>${HEAD.text}`),
      ...styles.map(({ bytes }) => bytes),
      Buffer.from(`${name.text}</head><body${look}>${body.text}`),
      ...ends.map(({ bytes }) => bytes),
      END,
    ]),
    styleHashes: styles.map(({ hash }) => hash),
    scriptHashes: ends.map(({ hash }) => hash),
  }
}

/** The reference under which the operator finds the whole story. */
export function referenceFooter({ common }: Words, correlation: string): Html {
  return html`${common.reference} <span class="address">${correlation}</span>`
}

/** Raw by its nature: neither <style> nor <script> knows escapes. Most of a page is this, so it is turned into bytes once. */
function inline(tag: 'style' | 'script', text: string): Inline {
  const known = inlines.get(text)
  if (known !== undefined) return known
  const made = {
    bytes: Buffer.from(`<${tag}>${text}</${tag}>`),
    hash: `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  }
  inlines.set(text, made)
  return made
}
