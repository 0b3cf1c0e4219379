import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'
import { DOOR, DOOR_LINK } from './icons.ts'
import { STYLE } from './style.ts'
import type { Page } from './views.ts'
import type { Words } from './words/words.ts'

/** Of constants of ours, of which there are a few. */
const hashes = new Map<string, string>()
const STYLE_HASH = hashOf(STYLE)

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
  // Constants of ours, and raw by their nature: neither <style> nor <script> knows escapes.
  const style = `<style>${STYLE}</style>${sections === undefined ? '' : `<style>${sections.style}</style>`}`
  const look = sections === undefined ? (wide ? ' class="wide"' : '') : ' class="console"'
  const end = scripts.map((script) => `<script>${script}</script>`).join('')
  return {
    status,
    html: `<!doctype html><html lang="${words.lang}"><head>${HEAD.text}${name.text}${style}</head><body${look}>${body.text}${end}</body></html>`,
    styleHashes: [STYLE_HASH, ...(sections === undefined ? [] : [hashOf(sections.style)])],
    scriptHashes: scripts.map(hashOf),
  }
}

/** The reference under which the operator finds the whole story. */
export function referenceFooter({ common }: Words, correlation: string): Html {
  return html`${common.reference} <span class="address">${correlation}</span>`
}

function hashOf(text: string): string {
  let hash = hashes.get(text)
  if (hash === undefined) {
    hash = `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    hashes.set(text, hash)
  }
  return hash
}
