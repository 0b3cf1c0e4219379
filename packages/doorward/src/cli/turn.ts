let turn: Promise<void> | undefined

/**
 * Comes when everything that had arrived with this was looked at. Answers that are ready before then leave together (decision 0046);
 * one that is not, waits for nothing. Nobody waits longer than it takes to look at what is here already.
 */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined
      resolve()
    })
  })
  return turn
}
