import { type Html, html } from '../../html.ts'
import { counter } from '../plural.ts'

const seconds = counter('en', { one: 'second', other: 'seconds' })

export const signIn = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  submit: 'Sign in',
  someServer: 'a server',
  onTheWay: (client: Html, server: Html | string) =>
    html`<p class="soft">${client} wants to use ${server} in your name. You decide on the next page.</p>`,
  wrong: 'That e-mail address and password do not belong together. Check both and try again.',
  wait: (count: number) => `Too many tries. Wait ${seconds(count)}, then try again.`,
  busy: 'Too many people are signing in right now. Wait a moment, then try again.',
  next: 'Continue',
  or: 'or',
  withPasskey: 'Sign in with a passkey',
  passkeyFailed: 'That did not work. Try again, or sign in in another way.',
  passkeyAgain: 'That did not work. Try again, or use another passkey.',
  passkeyNeeds: 'To sign in with a passkey, this page needs JavaScript and a browser that knows passkeys.',
  noPasskey: (add: Html) => html`You have none yet? ${add}, then come back to this page.`,
  addPasskey: 'Add one to your account',
  withProvider: (name: string) => `Continue with ${name}`,
  noWay: 'With this address nobody can sign in here. Check it, or choose one of the ways below.',
  why: {
    link: 'Somebody here has the e-mail address of the account that you just used. If it is you, sign in the way you did so far; then you can link both.',
    again: 'What comes next needs a sign-in that is not older. Sign in again.',
    passkey: 'The application asks you to sign in with a passkey.',
    select: 'The application asks which account you want to use.',
  },
}
