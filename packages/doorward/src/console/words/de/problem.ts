import { type Html, html } from '../../html.ts'
import type { problem as english } from '../en/problem.ts'

export const problem: typeof english = {
  titles: {
    connection: 'Diese Verbindung kann nicht zustande kommen',
    page: 'Das hat nicht funktioniert',
    signIn: 'Sie sind nicht angemeldet',
    nothingHere: 'Hier ist nichts',
  },
  nothingHere: 'Diese Adresse gibt es hier nicht.',
  startPage: (address: string) => `Die Startseite unter ${address} sagt, was es gibt.`,
  whatYouCanDo: 'Was Sie tun können',
  forDevelopers: 'Für Entwickler, auf Englisch',
  why: 'Warum das geschieht:',
  goBackTo: (place: string) => `Zurück zu ${place}`,
  tryAgain: 'Noch einmal versuchen',
  openAnew: 'Die Seite neu öffnen',
  reference: 'Vorgang',
  referenceWhat: 'den Vorgang',
  referenceHint: (command: Html) =>
    html`Nennen Sie diesen Vorgang denen, die diesen Server betreiben. Sie sehen mit ${command}, was geschehen ist.`,
}
