// Control characters, what turns or hides text, line separators: all that could rewrite a screen, or have it answer (ECMA-48 §5.4, §5.5).
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A text for a terminal, whoever wrote it: a stranger who registered, or a server elsewhere. What is not to be seen is written as JSON
 * writes it, so that a line of JSON stays the same value (RFC 8259 §7).
 */
export function terminalText(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
