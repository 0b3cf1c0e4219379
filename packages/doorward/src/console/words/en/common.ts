import { type Html, html } from '../../html.ts'

export const common = {
  reference: 'Reference',
  yourAccount: 'Your account',
  anotherAccount: 'Use another account',
  answerGoesTo: 'Answer goes to',
  server: 'MCP server',
  /** What a button of a script says, before what it copies and after. */
  copy: 'Copy',
  copied: 'Copied',
  yes: 'Yes',
  no: 'No',
  /** A name in quotation marks, as the language writes them. */
  quoted: (name: Html) => html`“${name}”`,
}
