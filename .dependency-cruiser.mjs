/**
 * The floors of the house, top to bottom: a room imports only from rooms below it.
 *
 *   main, commands → gateway → server → graphql → background → directory → audience-manager | storage
 *     → config, telemetry, exchange
 *   simulator: imported by commands and tests, imports nothing of the others
 *   segments/, clock.ts, text.ts, thread-session.ts, give-back.ts: what a segment is, what time is, how text compares,
 *     how to talk to a thread and how to be rid of buffers, for every room but the simulator
 */
const floors = [
  ['main\\.ts', 'commands/'],
  ['gateway\\.ts'],
  ['server/'],
  ['graphql/'],
  ['background/'],
  ['directory/'],
  ['audience-manager/', 'storage/'],
  ['config/', 'telemetry/', 'exchange/'],
  ['segments/'],
];

const pathOf = (rooms) => `^src/(${rooms.join('|')})`;

const upwards = floors.slice(1).map((rooms, index) => ({
  name: `no-way-up-from-${rooms.map((room) => room.replace(/[^a-z-]/g, '')).join('-and-')}`,
  comment: 'A room imports only from rooms below it.',
  severity: 'error',
  from: { path: pathOf(rooms) },
  to: { path: pathOf(floors.slice(0, index + 1).flat()) },
}));

/** Rooms of one floor do not know each other. */
const sideways = floors
  .filter((rooms) => rooms.length > 1 && !rooms.includes('main\\.ts'))
  .flatMap((rooms) =>
    rooms.map((room) => ({
      name: `no-way-sideways-from-${room.replace('/', '')}`,
      comment: 'Rooms of one floor do not know each other.',
      severity: 'error',
      from: { path: pathOf([room]) },
      to: { path: pathOf(rooms.filter((other) => other !== room)) },
    })),
  );

export default {
  forbidden: [
    ...upwards,
    ...sideways,
    {
      name: 'simulator-stands-alone',
      comment: 'The simulator must not share mistakes with what it tests.',
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { path: '^src/(?!simulator/)' },
    },
    {
      name: 'only-commands-run-the-simulator',
      severity: 'error',
      from: { path: '^src/(?!commands/|simulator/)' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'graphql-only-in-its-room',
      comment: 'Only graphql/ knows GraphQL; server/ hands requests to it.',
      severity: 'error',
      from: { path: '^src/(?!graphql/)' },
      to: { path: 'node_modules/(graphql|type-graphql|graphql-scalars|dataloader)/' },
    },
    {
      name: 'http-client-only-in-audience-manager',
      severity: 'error',
      from: { path: '^src/(?!audience-manager/)' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'files-only-in-config',
      comment: 'Only config/ reads files; commands may write what they are asked for.',
      severity: 'error',
      from: { path: '^src/(?!config/|commands/|storage/)' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'no-cycles',
      comment: 'GraphQL types refer to each other, as the schema does.',
      severity: 'error',
      from: { pathNot: '^src/graphql/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'] },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '^src/main\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
