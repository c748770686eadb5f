// The yardstick: the HTTP library alone, which parses the body and sends it back. Prints its address.
import Fastify from 'fastify'

const app = Fastify()
app.post('/echo', (request) => request.body)
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
