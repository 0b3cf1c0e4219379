declare const safe: unique symbol

/** Markup that is safe to send: only `html` makes it. */
export interface Html {
  readonly [safe]: true
  readonly text: string
}

type Value = string | number | undefined | false | Html | readonly Html[]

/** Escapes every value that is not markup itself. Attributes have to stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return {
    text: parts.reduce((text, part, i) => text + part + (i < values.length ? written(values[i]) : ''), ''),
  } as Html
}

function written(value: Value): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value))
  return 'text' in value ? value.text : value.map(({ text }) => text).join('')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}

// Characters that turn, hide or stack text (Trojan Source, zero width, tags). A stranger's name must look like what it is.
const DISGUISES = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]|\p{M}{4,}/gu

/** Words of a stranger: disguises marked, length bounded, direction isolated. */
export function claimed(text: string, longest = 120): Html {
  const plain = text.replace(DISGUISES, '\ufffd')
  const shown = plain.length > longest ? `${plain.slice(0, longest)}…` : plain
  return html`<bdi class="claimed">${shown}</bdi>`
}

/** An address: never wrapped into something else, broken wherever it has to be. */
export function address(text: string): Html {
  return html`<bdi class="address" dir="ltr">${text.replace(DISGUISES, '\ufffd')}</bdi>`
}
