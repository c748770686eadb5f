import { toast, toastError } from './toasts.tsx'

/** Puts a text where it can be pasted from, and says so. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast(`${what} is copied`)
  } catch (error) {
    toastError(`${what} could not be copied`, error)
  }
}
