'use strict'
// The description is read from this server; nothing is asked of any other.
window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
