import { Type } from 'typebox'
import { ActeonError } from '../lib/errors.js'

/** A fault of one provider's settings that its schema cannot tell. */
export const invalidSetting = (provider: string, problem: string): ActeonError =>
  new ActeonError('CONFIG_INVALID', `Provider "${provider}": ${problem}.`, { provider })

const HTTP_ADDRESS = {
  pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
  errorMessage: 'expected an address that begins with https:// or http://',
}

/** A setting that is an HTTP address. */
export const HttpAddress = (description: string, more: Record<string, unknown> = {}) =>
  Type.String({ ...HTTP_ADDRESS, description, ...more })

/**
 * The address of a setting.
 * @param field how the setting is called, for the error
 * @throws ActeonError CONFIG_INVALID when it is none or holds credentials; the address itself is not shown
 */
export function addressOf(provider: string, field: string, text: string, instead: string): URL {
  if (!URL.canParse(text))
    throw invalidSetting(provider, `${field}: expected an address such as https://example.com/hook`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw invalidSetting(provider, `${field}: credentials do not belong into the address; ${instead}`)
  return url
}
