// The floors of the house: an import points down, never up, and never into the inside of a room on the same floor.
const floors = [
  ['lib'],
  ['action'],
  ['state', 'audit', 'messages', 'providers'],
  ['rules', 'events', 'groups', 'delivery'],
  ['verdicts', 'jobs', 'access'],
  ['gateway', 'config'],
  ['cli', 'server', 'testing'],
]
const forbidden = []
for (const [level, rooms] of floors.entries()) {
  const above = floors.slice(level + 1).flat()
  if (above.length > 0) {
    forbidden.push({
      name: `floor-${level}-points-down`,
      severity: 'error',
      // Tests may use what stands above them: a virtual clock, a recording provider.
      from: { path: `^src/(${rooms.join('|')})/`, pathNot: '\\.(test|fixture)\\.ts$' },
      to: { path: `^src/(${above.join('|')}|index\\.ts)` },
    })
  }
  for (const room of rooms) {
    const siblings = rooms.filter((other) => other !== room)
    if (siblings.length === 0) continue
    forbidden.push({
      // cli, server and testing compose each other's entry points only.
      name: `${room}-not-into-siblings`,
      severity: 'error',
      from: { path: `^src/${room}/`, pathNot: '\\.(test|fixture)\\.ts$' },
      to: {
        path: `^src/(${siblings.join('|')})/`,
        // A contract at the top of a room (store.ts, provider.ts …) may be named by its neighbours; its inside may not.
        pathNot: `^src/(${siblings.join('|')})/(store|provider|record|trace|plan|index|message|render|sealed|texts)\\.ts$`,
      },
    })
  }
}
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'client-has-no-dependencies',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^(src/(?!client)|node_modules)', dependencyTypesNot: ['type-only'] },
    },
    ...forbidden,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
