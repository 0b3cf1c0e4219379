import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'
import { STYLE } from './style.ts'
import type { Page } from './views.ts'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const STYLE_HASH = hashOf(STYLE)

const MARK = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="M5 21V10.5a7 7 0 0 1 14 0V21"/><path d="M3 21h18"/><path d="M9 21V11a3 3 0 0 1 3-3l0 13"/><path d="M14.6 14.4v.2"/></svg>`

export interface Layout {
  readonly title: string
  readonly status?: number
  readonly wide?: boolean
  readonly main: Html
  readonly footer?: Html
  /** A constant script of ours; its hash goes into the policy. */
  readonly script?: string
}

/** Every page: one landmark of each kind, one heading, one stylesheet, nothing from elsewhere. */
export function page({ title, status = 200, wide = false, main, footer, script }: Layout): Page {
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">`
  const body = html`<title>${title} · Doorward</title>`
  const content = html`<header class="${wide ? 'wide' : 'card'}"><span class="mark">${MARK}Doorward</span></header><main class="${wide ? 'wide' : 'card'}">${main}</main>${footer === undefined ? undefined : html`<footer>${footer}</footer>`}`
  const scripts = script === undefined ? '' : `<script>${script}</script>`
  return {
    status,
    html: `${head}${body.text}<style>${STYLE}</style></head><body>${content.text}${scripts}</body></html>`,
    styleHashes: [STYLE_HASH],
    scriptHashes: script === undefined ? [] : [hashOf(script)],
  }
}
