import { type Html, html } from '../../html.ts'
import type { client as english } from '../en/client.ts'
import { counter } from '../plural.ts'

const minutes = counter('fr', { one: 'minute', other: 'minutes' })

export const client: typeof english = {
  operator: 'Enregistrée par votre administrateur',
  user: 'Enregistrée par vous',
  domain: (address: Html) => html`De ${address}`,
  statement: (address: Html) => html`Attestée par ${address}`,
  invited: 'Invitée, non vérifiée',
  claimed: 'Application non vérifiée',
  noName: 'Elle ne donne aucun nom.',
  called: (name: Html) => html`Elle s’appelle « ${name} ».`,
  calledBy: (address: Html, name: Html) => html`${address} l’appelle « ${name} ».`,
  callsItself: (name: Html) => html`Elle se nomme « ${name} ».`,
  nameUnchecked: 'Personne n’a vérifié ce nom.',
  briefly: {
    operator: (name?: Html) =>
      html`Une application${name && html` (« ${name} »)`} enregistrée par votre administrateur`,
    user: (name?: Html) => html`Une application${name && html` (« ${name} »)`} que vous avez enregistrée`,
    vouched: (address: Html, name?: Html) => html`${name ? html`« ${name} »` : 'Une application'} de ${address}`,
    unverified: (name?: Html) => html`Une application non vérifiée${name && html` qui se nomme « ${name} »`}`,
  },
  resembles: {
    name: (known: Html) =>
      html`Le nom ressemble à celui de <strong>${known}</strong>, mais rien ne montre que c’est bien elle. Ne continuez pas sans savoir pourquoi.`,
    logo: (known: Html) =>
      html`Le logo ressemble à celui de <strong>${known}</strong>, mais rien ne montre que c’est bien elle. Ne continuez pas sans savoir pourquoi.`,
  },
  thisComputer: 'Cet ordinateur',
  thisComputerCaution:
    'Ne continuez que si vous venez de lancer cette demande vous-même depuis une application de cet ordinateur.',
  someApplication: 'Une application de cet ordinateur',
  someApplicationCaution: (scheme: Html) =>
    html`L’application qui ouvre ici les liens ${scheme} reçoit la réponse. Ne continuez que si vous venez de lancer cette demande depuis celle-ci.`,
  someDevice: 'L’appareil qui affiche ce code',
  asked: (secondsAgo: number, network: Html, isHere: boolean) =>
    html`Il a fait sa demande ${ago(secondsAgo)} depuis ${network}, ${isHere ? 'comme ce navigateur' : 'un autre réseau que celui de ce navigateur'}.`,
  someDeviceCaution:
    'Comparez le code. Ne continuez que si vous venez de lancer cette demande vous-même, sur un appareil à vous. Si quelqu’un vous a envoyé le code ou un lien, il en veut à votre compte : refusez.',
}

function ago(seconds: number): string {
  const passed = Math.floor(seconds / 60)
  return passed < 1 ? 'il y a moins d’une minute' : `il y a ${passed === 1 ? 'une minute' : minutes(passed)}`
}
