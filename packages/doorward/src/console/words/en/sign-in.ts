import { type Html, html } from '../../html.ts'

export const signIn = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  submit: 'Sign in',
  someServer: 'a server',
  onTheWay: (client: Html, server: Html | string) =>
    html`<p class="soft">${client} wants to use ${server} in your name. You decide on the next page.</p>`,
  wrong: 'That e-mail address and password do not belong together. Check both and try again.',
  wait: (seconds: number) => `Too many tries. Wait ${seconds} seconds, then try again.`,
  busy: 'Too many people are signing in right now. Wait a moment, then try again.',
}
