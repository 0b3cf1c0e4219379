import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'
import { DOOR, DOOR_LINK } from './icons.ts'
import { STYLE } from './style.ts'
import type { Page } from './views.ts'

const STYLE_HASH = hashOf(STYLE)

export interface Layout {
  readonly title: string
  readonly status?: number
  readonly wide?: boolean
  /** Stands beside the wordmark. */
  readonly aside?: Html | undefined
  readonly main: Html
  readonly footer?: Html
  /** A constant script of ours; its hash goes into the policy. */
  readonly script?: string
}

/** Every page: one landmark of each kind, one heading, one stylesheet, nothing from elsewhere. */
export function page({ title, status = 200, wide = false, aside, main, footer, script }: Layout): Page {
  const head = html`<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><link rel="icon" href="${DOOR_LINK}"><title>${title}${title !== 'Doorward' && ' · Doorward'}</title>`
  const body = html`<header><span class="mark">${DOOR}Doorward</span>${aside}</header>
<main>${main}</main>${footer !== undefined && html`<footer>${footer}</footer>`}`
  // Constants of ours, and raw by their nature: neither <style> nor <script> knows escapes.
  const style = `<style>${STYLE}</style>`
  const end = script === undefined ? '' : `<script>${script}</script>`
  return {
    status,
    html: `<!doctype html><html lang="en"><head>${head.text}${style}</head><body${wide ? ' class="wide"' : ''}>${body.text}${end}</body></html>`,
    styleHashes: [STYLE_HASH],
    scriptHashes: script === undefined ? [] : [hashOf(script)],
  }
}

/** The reference under which the operator finds the whole story. */
export function referenceFooter(correlation: string): Html {
  return html`Reference <span class="address">${correlation}</span>`
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
