#!/usr/bin/env node
// The servers and programs that tests need: taken from the environment, else from what is installed, else installed
// (Debian, as root). What was started here is stopped here, and nothing else.
//
//   node scripts/services.mjs redis,postgres -- npx vitest run src/state     runs a command with what it needs
//
// A service answers with the environment variable that tests read: REDIS_URL, DATABASE_URL, CHROMIUM.
import { execFile, spawn } from 'node:child_process'
import { access, chmod, chown, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const started = []

/** Each service: its variable, the programs that do, Debian's package, and how it is started (chromium is not). */
const SERVICES = {
  redis: {
    variable: 'REDIS_URL',
    what: 'a Redis server',
    programs: ['redis-server', 'valkey-server'],
    packages: ['redis-server'],
    start: startRedis,
  },
  postgres: {
    variable: 'DATABASE_URL',
    what: 'PostgreSQL',
    programs: ['postgres'],
    folders: postgresFolders,
    packages: ['postgresql'],
    start: startPostgres,
  },
  chromium: {
    variable: 'CHROMIUM',
    what: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    packages: ['chromium'],
    start: async (program) => program,
  },
}

/**
 * Gets what is asked for.
 * @param {string[]} names services
 * @param {{ countStatements?: boolean }} options whether a PostgreSQL that is started here counts statements
 *   (`pg_stat_statements`)
 * @returns {Promise<Record<string, string>>} variables for the environment of what needs them
 * @throws Error with a sentence that says what to install
 */
export async function provide(names, options = {}) {
  const found = {}
  const missing = []
  for (const name of names) {
    const { variable } = SERVICES[name]
    if (process.env[variable]) found[variable] = process.env[variable]
    else if ((await locate(name)) === undefined) missing.push(name)
  }
  if (missing.length > 0) await install(missing)
  for (const name of names) {
    const service = SERVICES[name]
    if (found[service.variable]) continue
    const program = await locate(name)
    if (program === undefined) throw new Error(howToInstall([name]))
    found[service.variable] = await service.start(program, options)
  }
  return found
}

/** Stops what `provide` started, and removes its folders. */
export async function stop() {
  for (const { child, signal, folder } of started.splice(0).reverse()) {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    }
    await rm(folder, { recursive: true, force: true })
  }
}

const howToInstall = (names) =>
  names
    .map((name) => {
      const { what, programs, packages, variable } = SERVICES[name]
      return `The tests need ${what}: install it (${programs.join(' or ')}; Debian: apt-get install ${packages.join(' ')}), or set ${variable}.`
    })
    .join('\n')

async function locate(name) {
  const { programs, folders } = SERVICES[name]
  const places = [...(process.env.PATH ?? '').split(delimiter), ...(folders ? await folders() : [])]
  for (const program of programs)
    for (const place of places) {
      const path = join(place, program)
      if (
        place !== '' &&
        (await access(path, 1).then(
          () => true,
          () => false,
        ))
      )
        return path
    }
  return undefined
}

/** Debian keeps the server's programs out of PATH, in a folder per version: newest first. */
async function postgresFolders() {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'))
}

async function install(names) {
  const isDebian = await access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  )
  if (!isRoot || !isDebian) throw new Error(howToInstall(names))
  const packages = names.flatMap((name) => SERVICES[name].packages)
  console.error(`installing ${packages.join(', ')} (Debian)`)
  const restore = await forbidServiceStarts()
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, maxBuffer: 64 * 1024 * 1024 }
  try {
    await run('apt-get', ['update', '-qq'], options)
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
  } catch (error) {
    const said = String(error.stderr ?? error.message)
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n')
    throw new Error(`${howToInstall(names)}\nInstalling it failed: ${said}`)
  } finally {
    await restore()
  }
}

/** Debian's packages start their server once installed, unless this file forbids it; what was there is put back. */
async function forbidServiceStarts() {
  const file = '/usr/sbin/policy-rc.d'
  const aside = `${file}.before-acteon-tests`
  const wasThere = await rename(file, aside).then(
    () => true,
    () => false,
  )
  await writeFile(file, '#!/bin/sh\nexit 101\n')
  await chmod(file, 0o755)
  return async () => {
    await rm(file, { force: true })
    if (wasThere) await rename(aside, file)
  }
}

async function startRedis(program) {
  const folder = await mkdtemp(join(tmpdir(), 'acteon-redis-'))
  const port = await freePort()
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  launch(program, [...args, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'].map(String), {
    folder,
    signal: 'SIGTERM',
  })
  await until('Redis answers', () => ping(port))
  return `redis://127.0.0.1:${port}`
}

async function startPostgres(program, { countStatements = false }) {
  // A link in PATH may stand alone; its tools lie where it leads.
  const folderOfTools = dirname(await realpath(program))
  const bin = (tool) => join(folderOfTools, tool)
  const folder = await mkdtemp(join(tmpdir(), 'acteon-postgres-'))
  const as = await postgresUser()
  if (as.uid !== undefined) await chown(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', 'acteon', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  await run(bin('initdb'), initdb, { ...as, cwd: folder })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=200']
  if (countStatements) settings.push('shared_preload_libraries=pg_stat_statements')
  launch(program, ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])], {
    ...as,
    folder,
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
    signal: 'SIGINT',
  })
  await until('PostgreSQL answers', () => run(bin('pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q']))
  return `postgres://acteon@127.0.0.1:${port}/postgres`
}

/** PostgreSQL refuses to run as root, so another user is taken then. */
async function postgresUser() {
  if (!isRoot) return {}
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => undefined)
    if (ids !== undefined) {
      const [uid, gid] = ids.map(({ stdout }) => Number(stdout))
      return { uid, gid }
    }
  }
  throw new Error('PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody.')
}

function launch(program, args, { folder, signal, uid, gid }) {
  const as = uid === undefined ? {} : { uid, gid }
  const child = spawn(program, args, { ...as, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listen = (chunk) => (said = (said + chunk).slice(-4000))
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  child.on('error', (error) => (said += error.message))
  child.on('exit', (status) => {
    if (started.some((one) => one.child === child)) console.error(`${program} ended with status ${status}:\n${said}`)
  })
  started.push({ child, signal, folder })
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const ping = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      if (String(data).startsWith('+PONG')) resolve()
      else reject(new Error(`it answered ${data}`))
    })
  })

async function until(what, probe) {
  let last
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await probe()
    } catch (error) {
      last = error
    }
  }
  throw new Error(`waited 20 s until ${what}: ${last?.message}`)
}

/** Runs `stopping` before a signal ends this process. */
export function onSignals(stopping) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      void Promise.resolve(stopping(signal)).finally(() => process.exit(128 + constants.signals[signal]))
    })
}

async function main([names = '', separator, program, ...args]) {
  const asked = names.split(',')
  if (separator !== '--' || program === undefined || !asked.every((name) => Object.hasOwn(SERVICES, name))) {
    console.error(`usage: node scripts/services.mjs ${Object.keys(SERVICES).join(',')} -- COMMAND [ARGUMENT…]`)
    return 2
  }
  let child
  onSignals(async (signal) => {
    child?.kill(signal)
    await stop()
  })
  try {
    const env = { ...process.env, ...(await provide(asked)) }
    child = spawn(program, args, { env, stdio: 'inherit' })
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (status, signal) => resolve(status ?? 128 + constants.signals[signal]))
    })
  } catch (error) {
    console.error(error.message)
    return 1
  } finally {
    await stop()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main(process.argv.slice(2))
