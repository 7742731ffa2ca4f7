export interface Order {
  id: number
  total: number
}

export type Loader = (id: number) => Promise<Order | undefined>

/** Reads one order; a missing one is an error. */
export async function findOrder(load: Loader, id: number): Promise<Order> {
  const order = await load(id)
  if (order === undefined) {
    throw new Error("Cannot read properties of undefined (reading 'total')")
  }
  return order
}
