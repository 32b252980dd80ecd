/**
 * The architecture rule: a room imports only from rooms below it, and no files import each other in a circle.
 * ARCHITECTURE.md has the picture. Type-only imports count.
 */

/** The floors of `src/`, top to bottom. Rooms of one floor do not import each other, except `main.ts` and `commands/`. */
const HOUSE = [
  ['main.ts', 'commands/'],
  ['gateway.ts', 'gateway-front.ts', 'gateway-parts.ts', 'gateway-peers.ts'],
  ['server/'],
  ['graphql/'],
  ['background/'],
  ['directory/'],
  ['audience-manager/', 'storage/'],
  ['config/', 'telemetry/', 'import-export/'],
  ['delivery/', 'assistants/'],
  ['segments/'],
  ['base/'],
];

/** The floors inside the rooms that have folders, top to bottom. A file that is not named may be imported by all. */
const ROOMS = {
  'server/': [['index.ts', 'server.ts'], ['routes/'], ['fast-path.ts'], ['access/'], ['http/']],
  'graphql/': [
    ['index.ts', 'apollo.ts', 'trusted-documents.ts', 'schema.ts', 'sandbox.ts'],
    ['resolvers/', 'fast/'],
    ['types/'],
    ['lookups.ts', 'revisions.ts'],
    ['limits/'],
    ['cursors.ts', 'arguments.ts'],
    ['request/'],
  ],
  'directory/': [
    ['index.ts', 'directory.ts', 'scheduler.ts'],
    ['query/', 'manual/', 'discovery/'],
    ['destination.ts', 'customer.ts'],
    ['lookup/'],
    ['refresh/'],
    ['storing/'],
    ['sync/', 'snapshot/'],
    ['errors.ts'],
  ],
  'storage/': [['index.ts'], ['sqlite/', 'postgres/']],
};

/** Floors whose members may import each other. */
const OPEN_FLOORS = new Set(['main.ts', 'gateway.ts', 'index.ts', 'destination.ts']);

const escaped = (path) => path.replaceAll('.', '\\.');
const pathOf = (room, places) => `^src/${room}(${places.map(escaped).join('|')})`;

function floorRules(room, floors) {
  return floors.flatMap((places, floor) => {
    const name = `${room}${places.join('-and-')}`.replaceAll(/[^a-z]+/g, '-').replace(/-$/, '');
    const above = floors.slice(0, floor).flat();
    const rules = [];
    if (above.length > 0) {
      rules.push({
        name: `no-way-up-from-${name}`,
        comment: `src/${room}: these files import only from the floors below.`,
        severity: 'error',
        from: { path: pathOf(room, places) },
        to: { path: pathOf(room, above) },
      });
    }
    if (places.length > 1 && !OPEN_FLOORS.has(places[0])) {
      for (const place of places) {
        rules.push({
          name: `no-way-sideways-from-${room}${place}`.replaceAll(/[^a-z]+/g, '-').replace(/-$/, ''),
          comment: `src/${room}: files of one floor do not import each other.`,
          severity: 'error',
          from: { path: pathOf(room, [place]) },
          to: {
            path: pathOf(
              room,
              places.filter((other) => other !== place),
            ),
          },
        });
      }
    }
    return rules;
  });
}

export default {
  forbidden: [
    ...floorRules('', HOUSE),
    ...Object.entries(ROOMS).flatMap(([room, floors]) => floorRules(room, floors)),
    {
      name: 'no-circles',
      comment: 'No file may import itself through others. Types count as well.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'simulator-stands-alone',
      comment: 'The simulator shares no code, and so no mistakes, with what it tests.',
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
      name: 'the-page-stands-alone',
      comment: 'The pages for browsers know the gateway only by its API.',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/(?!web/)' },
    },
    {
      name: 'nobody-imports-the-page',
      comment: 'The pages are built apart, and served as files.',
      severity: 'error',
      from: { path: '^src/(?!web/)' },
      to: { path: '^src/web/' },
    },
    {
      name: 'the-client-stands-alone',
      comment: 'The client is a package of its own, without dependencies.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^(?!src/client/)' },
    },
    {
      name: 'nobody-imports-the-client',
      comment: 'The client is built apart. What the gateway needs of itself is not behind HTTP.',
      severity: 'error',
      from: { path: '^src/(?!client/)' },
      to: { path: '^src/client/' },
    },
    {
      name: 'the-page-loads-no-explorer',
      comment: 'The explorer is a page of its own, whose packages are large. They share what knows the key.',
      severity: 'error',
      from: { path: '^src/web/(?!explorer/)' },
      to: { path: '^src/web/explorer/' },
    },
    {
      name: 'graphql-only-in-its-room',
      comment: 'Only graphql/ knows GraphQL; server/ hands requests to it.',
      severity: 'error',
      from: { path: '^src/(?!graphql/|web/)' },
      to: { path: 'node_modules/(graphql|type-graphql|graphql-scalars|dataloader)/' },
    },
    {
      name: 'sql-only-in-storage',
      severity: 'error',
      from: { path: '^src/(?!storage/)' },
      to: { path: 'node_modules/(kysely|pg|libsql)/' },
    },
    {
      name: 'assistants-only-in-their-room',
      comment:
        'Only assistants/ knows the Model Context Protocol; server/ and commands/ hand messages to it.',
      severity: 'error',
      from: { path: '^src/(?!assistants/)' },
      to: { path: 'node_modules/@modelcontextprotocol/' },
    },
    {
      name: 'http-client-only-in-audience-manager',
      severity: 'error',
      from: { path: '^src/(?!audience-manager/)' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'files-only-in-config',
      comment: 'Only config/ reads files; commands may read and write the files that they are given.',
      severity: 'error',
      from: { path: '^src/(?!config/|commands/|storage/|web/vite)' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'only-named-packages',
      comment: 'What is imported is in package.json: among the tools, because the built program contains it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/web/generated/' },
      to: { dependencyTypes: ['npm-no-pkg', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/main\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
