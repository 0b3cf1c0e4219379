import { type Html, html } from '../../html.ts'

export const errors = {
  title: 'Why something was refused',
  lead: (command: Html) =>
    html`Every error carries the name of its reason, in square brackets. Each name leads to what it means and what helps. Whoever runs this server sees what happened with ${command} and the reference of the error.`,
  reference: (command: Html) =>
    html`Whoever runs this server sees what happened with ${command} and the reference of the error.`,
  helps: 'What helps:',
}
