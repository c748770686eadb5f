import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { SECURE_SESSION_COOKIE, SESSION_COOKIE, type Access } from '../../access/access.js'
import type { Identity } from '../../access/identity.js'
import { ActeonError } from '../../lib/errors.js'
import { cameByTls } from '../guard.js'
import { iso } from '../lists.js'
import type { Parts } from '../parts.js'
import { AccessEntries, Me } from '../shapes.js'
import type { App } from '../typed.js'

/** Logging in and out, and who one is (wire section 10). */
export function authRoutes(app: App, { access, authProblem }: Parts): void {
  const control = (): Access => {
    if (access !== null) return access
    throw new ActeonError('NOT_FOUND', 'Nobody logs in here: [auth] enabled is false.')
  }

  app.post(
    '/v1/auth/login',
    {
      config: { access: 'open', reads: true },
      schema: {
        summary: 'Log in with name and password',
        description:
          'For a token, or, with `session`, for a cookie that no page can read; then the answer has `csrf_token`, which the page sends as `X-CSRF-Token` with what changes something.',
        tags: ['access'],
        body: Type.Object(
          {
            username: Type.String({ maxLength: 256 }),
            password: Type.String({ maxLength: 1_024 }),
            session: Type.Optional(Type.Boolean()),
          },
          { title: 'LoginBody' },
        ),
        response: {
          200: Type.Object(
            {
              token: Type.Optional(Type.String({ description: 'Absent when a session was asked for.' })),
              expires_in: Type.Integer({ description: 'Seconds.' }),
              csrf_token: Type.Optional(Type.String({ description: 'Of a session.' })),
            },
            { title: 'LoggedIn' },
          ),
        },
      },
    },
    async (request, reply) => {
      const { username, password, session = false } = request.body
      const { token, expires_in, csrf_token } = await control().login(username, password, request.ip)
      request.log.info({ caller: username, address: request.ip }, 'logged in')
      if (!session) return { token, expires_in }
      setCookie(request, reply as unknown as FastifyReply, token, expires_in)
      return { expires_in, csrf_token }
    },
  )

  app.post(
    '/v1/auth/logout',
    {
      config: { access: 'read', reads: true },
      schema: {
        summary: 'End the login that this request came by, on all nodes',
        tags: ['access'],
        response: { 200: Type.Object({ status: Type.Literal('logged_out') }, { title: 'LoggedOut' }) },
      },
    },
    async (request, reply) => {
      const { credential } = request as unknown as FastifyRequest
      const ending = control()
      if (credential === null || credential.kind === 'api_key')
        throw new ActeonError(
          'INVALID_REQUEST',
          'An API key is not logged in, so it cannot be logged out; take it out of auth.toml to end it.',
        )
      await ending.logout(credential)
      if (credential.kind === 'session') setCookie(request, reply as unknown as FastifyReply, '', 0)
      return { status: 'logged_out' as const }
    },
  )

  app.get(
    '/v1/auth/me',
    {
      config: { access: 'read' },
      schema: { summary: 'Who the caller is, and what they may do', tags: ['access'], response: { 200: Me } },
    },
    async (request) => {
      const { identity, credential, scope } = request as unknown as FastifyRequest
      const csrf = credential === null ? null : (access?.csrfTokenOf(credential) ?? null)
      const { caller_id, auth_method } = identity
      return {
        caller_id,
        auth_method,
        ...rightsOf(identity),
        everywhere: scope.everywhere,
        ...(csrf !== null && { csrf_token: csrf }),
      }
    },
  )

  app.get(
    '/v1/auth/entries',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'The users and keys of auth.toml, and what they may do',
        description: 'Without hashes, or anything else that could be used to come in.',
        tags: ['access'],
        response: { 200: AccessEntries },
      },
    },
    async () => ({
      entries: control()
        .entries()
        .map((entry) => ({ name: entry.name, kind: entry.kind, ...rightsOf(entry), expired: entry.expired })),
      problem: authProblem(),
    }),
  )
}

const rightsOf = ({
  role,
  grants,
  rate_limit,
  expires_at,
}: Pick<Identity, 'role' | 'grants' | 'rate_limit' | 'expires_at'>) => ({
  role,
  grants: grants.map(({ tenants, namespaces, providers, actions }) => ({
    tenants: [...tenants],
    namespaces: [...namespaces],
    providers: [...providers],
    actions: [...actions],
  })),
  rate_limit:
    rate_limit === null ? null : { requests: rate_limit.requests, window_seconds: rate_limit.windowMs / 1_000 },
  expires_at: expires_at === null ? null : iso(expires_at),
})

function setCookie(
  request: Pick<FastifyRequest, 'headers' | 'raw'>,
  reply: FastifyReply,
  value: string,
  seconds: number,
): void {
  const secure = cameByTls(request)
  const name = secure ? SECURE_SESSION_COOKIE : SESSION_COOKIE
  void reply.header(
    'set-cookie',
    `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure ? '; Secure' : ''}`,
  )
}
