/** A word of a command line. Text of a stranger's making must not become a command when somebody pastes it. */
export function quotedForShell(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
