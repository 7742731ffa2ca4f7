import { findOrder } from './orders/repo'

enum Mode {
  Quiet,
  Loud,
}

async function handle(mode: Mode): Promise<void> {
  const order = await findOrder(async () => undefined, 7)
  if (mode === Mode.Loud) console.log(order)
}

handle(Mode.Loud).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
