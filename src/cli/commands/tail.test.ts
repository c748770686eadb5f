import { expect, it } from 'vitest'
import { events } from '../../client/stream.js'

async function read(parts: Uint8Array[]): Promise<unknown[]> {
  const found: unknown[] = []

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
  for await (const event of events(body)) found.push(event)
  return found
}

it.each(['\n', '\r\n', '\r'])(
  'messages are read however their bytes are cut, with lines that end in %j',
  async (end) => {
    const text = [
      ': ping',
      '',
      'id: 1',
      'event: a',
      'data: {"x":"ä→"}',
      '',
      'event: none',
      '',
      'data:two',
      'data: lines',
      '',
      '',
    ].join(end)
    const bytes = new TextEncoder().encode(`${text}data: unfinished`)
    const expected = [
      { id: '1', event: 'a', data: '{"x":"ä→"}' },
      { id: undefined, event: 'message', data: 'two\nlines' },
    ]
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(expected)
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
  },
)
