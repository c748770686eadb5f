/** Gives back a place; calling it twice does nothing. */
export type Leave = () => void

/** Places for attempts at one provider: at most `limit` at a time, the rest wait, tenants in turn. */
export interface Slots {
  /** Resolves when there is a place; with null once `close` was called. */
  enter(tenant: string): Promise<Leave | null>
  /** Sends everyone away who waits. */
  close(): void
  readonly running: number
  readonly waiting: number
}

/**
 * A place among the few before one among the many, so that whoever waits for the few takes nothing from the rest; null
 * once either was closed.
 */
export async function enterBoth(few: Slots | undefined, many: Slots, tenant: string): Promise<Leave | null> {
  if (few === undefined) return many.enter(tenant)
  const leaveFew = await few.enter(tenant)
  if (leaveFew === null) return null
  const leaveMany = await many.enter(tenant)
  if (leaveMany === null) {
    leaveFew()
    return null
  }
  return () => {
    leaveMany()
    leaveFew()
  }
}

/**
 * A semaphore whose queue is fair: a place that becomes free goes to the tenant that has waited longest for its turn, and
 * within a tenant to the first that came, so one tenant's thousand do not delay another's one.
 */
export function fairSlots(limit: number): Slots {
  /** Tenants in the order of their turns. */
  const queues = new Map<string, ((leave: Leave | null) => void)[]>()
  let running = 0
  let waiting = 0
  let closed = false

  const take = (): Leave => {
    running++
    let left = false
    return () => {
      if (left) return
      left = true
      running--
      next()
    }
  }
  const next = (): void => {
    const [turn] = queues
    if (turn === undefined || running >= limit) return
    const [tenant, queue] = turn
    const enter = queue.shift()!
    queues.delete(tenant)
    if (queue.length > 0) queues.set(tenant, queue)
    waiting--
    enter(take())
  }
  return {
    get running() {
      return running
    },
    get waiting() {
      return waiting
    },
    enter(tenant) {
      if (closed) return Promise.resolve(null)
      if (running < limit) return Promise.resolve(take())
      return new Promise((resolve) => {
        waiting++
        const queue = queues.get(tenant)
        if (queue === undefined) queues.set(tenant, [resolve])
        else queue.push(resolve)
      })
    },
    close() {
      closed = true
      const all = [...queues.values()].flat()
      queues.clear()
      waiting = 0
      for (const enter of all) enter(null)
    },
  }
}
