declare const made: unique symbol

/** Markup that is safe to send. Only `html` makes it: the class behind it stays in this file. */
export interface Html {
  readonly text: string
  readonly [made]: true
}

class Markup {
  declare readonly [made]: true
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  get text(): string {
    return this.#text
  }
}

export type Value = string | number | undefined | false | Html | readonly Html[]

/**
 * Escapes every value that is not markup itself and marks the disguises in it. Attributes have to stand in double quotes.
 *
 * `html`<p title="${name}">${name}</p>``
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = parts[0] ?? ''
  for (let i = 0; i < values.length; i++) text += written(values[i]) + parts[i + 1]
  return new Markup(text) as unknown as Html
}

function written(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.reduce((text: string, item) => text + written(item), '')
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value)
    return HARMLESS.test(text) ? text : escaped(unmasked(text))
  }
  // A look-alike from somewhere else, for instance from parsed JSON, is no markup.
  throw new TypeError('Only text, numbers and markup made by html can stand in a page')
}

/** Most texts, told at a look: nothing in them to escape or to mark. */
const HARMLESS = /^[\n\t\x20\x21\x23-\x25\x28-\x3b\x3d\x3f-\x7e]*$/

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

// A joiner that is seen by what it does to its neighbours: within an emoji of several (UTS #51 ED-16), within a word of Arabic script
// (RFC 5892 A.1) and after a virama, which ties Indian letters together (A.1, A.2). Anywhere else it hides.
const JOINS = [
  /(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic})/u,
  /(?<=\p{Script=Arabic})\u200c(?=\p{Script=Arabic})/u,
  /(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca])[\u200c\u200d](?=\p{L})/u,
]
  .map(({ source }) => source)
  .join('|')
// Characters that turn, hide or stack text (Trojan Source, zero width, tags). Words must look like what they are.
const HIDING = '[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Zl}\\p{Zp}\\u115f\\u1160\\u3164\\uffa0\\u2800]'
// Looked for first, since most characters are none of these.
const DISGUISES = new RegExp(`(?![\\n\\t])(?=${HIDING})(?!${JOINS})${HIDING}|\\p{M}{4,}`, 'gu')
const MARK = '\ufffd'

function unmasked(text: string): string {
  return text.replace(DISGUISES, MARK)
}

/** Text in a direction of its own: whatever it holds, the words around it keep their place. */
export function isolated(text: string): Html {
  return html`<bdi>${text}</bdi>`
}

/** Words of a stranger: on one line, of bounded length, without the quotation marks that we put around them. */
export function claimed(text: string, longest = 80): Html {
  const characters = [
    ...unmasked(text)
      .replace(/[\n\t]/g, MARK)
      .replace(/[“”„‟«»]/g, '"'),
  ]
  const shown = characters.length > longest ? `${characters.slice(0, longest).join('')}…` : characters.join('')
  return html`<bdi class="claimed">${shown}</bdi>`
}

/** An address: never turned into something else, broken before a slash where there is one and anywhere else if need be. */
export function address(text: string): Html {
  const [start = '', ...rest] = text.split(/(?<![/:])(?=\/)/)
  return html`<bdi class="address" dir="ltr">${start}${rest.map((part) => html`<wbr>${part}`)}</bdi>`
}
