import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pack } from './npm.js';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly dependencies?: Readonly<Record<string, string>>;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

const MANIFEST = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const LOCK = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;

/**
 * What is used only if somebody has installed it: a faster driver, and validation by decorators. The last two are in code that a
 * library writes for files of its users.
 */
const OPTIONAL = ['pg-native', 'class-validator', 'ajv', 'ajv-formats'];

/** What pages are about that belongs to the repository. docs/deploy.md says that such links lead nowhere from the package. */
const OF_THE_REPOSITORY =
  /^(\.github\/|bench\/|docs\/decisions\/|src\/|(ARCHITECTURE|CONTRIBUTING)\.md$|Dockerfile$|compose\.yaml$)/;

/** The built files of the program, of which a page's are not part. */
function programFiles(): string[] {
  return readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.c?js$/.test(path) && !/^(web|client)\//.test(path))
    .map((path) => join('dist', path));
}

/** The packages that a text requires or imports, without what this or a newer Node.js has itself. */
function packagesOf(code: string): string[] {
  const names = [...code.matchAll(/\brequire\("([^"./][^"]*)"\)|^import .* from "([^"./][^"]*)"/gm)].map(
    ([, required, imported]) => required ?? imported ?? '',
  );
  return names
    .filter((name) => !isBuiltin(name) && !name.startsWith('node:'))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
}

describe('the npm package', () => {
  let paths: readonly string[];

  beforeAll(async () => {
    paths = (await pack()).files.map(({ path }) => path);
  });

  it('has the program, the page, the schema and what operators read, and nothing else', () => {
    // Its parts with names that change with their content.
    const parts = /^dist\/(chunks\/.+\.c?js|web\/assets\/.+)$/;
    const rest = paths.filter((path) => !parts.test(path) && !/^(docs|deploy)\//.test(path));
    expect(rest.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/THIRD-PARTY-NOTICES.txt',
      'dist/background/worker.cjs',
      'dist/background/worker.js',
      'dist/commands/program.cjs',
      'dist/compiled-program.js',
      'dist/import-export/spreadsheet-worker.cjs',
      'dist/import-export/spreadsheet-worker.js',
      'dist/main.js',
      'dist/pages.cdx.json',
      'dist/program.cdx.json',
      'dist/storage/packs/worker.cjs',
      'dist/storage/packs/worker.js',
      'dist/storage/sqlite/worker.cjs',
      'dist/storage/sqlite/worker.js',
      'dist/web/THIRD-PARTY-NOTICES.txt',
      'dist/web/explorer.html',
      'dist/web/index.html',
      'dist/web/index.html.br',
      'dist/web/index.html.gz',
      'gateway.example.yaml',
      'package.json',
      'schema.graphql',
    ]);
    expect(paths).toEqual(expect.arrayContaining(['docs/operations.md', 'deploy/prometheus/alerts.yaml']));
  });

  it('has pages whose links lead to something in it, or to what they call a part of the repository', () => {
    const broken = paths
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) =>
        [...readFileSync(path, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
          .filter(([, target = '']) => !/^[a-z]+:/.test(target))
          .map(([, target = '']) => join(dirname(path), target)),
      )
      .filter((target) => !paths.some((path) => path === target || path.startsWith(join(target, '/'))));
    expect([...new Set(broken)].filter((target) => !OF_THE_REPOSITORY.test(target))).toEqual([]);
  });

  it('has no tests, no sources and no compiled code, which fits only the Node.js that compiled it', () => {
    expect(paths.filter((path) => /\.(tsx?|map|cache)$|^(src|test|bench|build)\//.test(path))).toEqual([]);
  });

  it('contains all libraries but those that it names, so that what was tested is what is installed', () => {
    const required = new Set(programFiles().flatMap((path) => packagesOf(readFileSync(path, 'utf8'))));
    expect([...required].filter((name) => !OPTIONAL.includes(name)).sort()).toEqual(
      Object.keys(MANIFEST.dependencies).sort(),
    );
  });

  it('leads to exactly the versions of the lock file, and to no scripts of others at the installation', () => {
    const exact = /^(\^0\.0\.)?\d+(\.\d+)*$/;
    /** Where Node.js looks for a package that another one requires. */
    const found = (name: string, from: string): string => {
      for (
        let folder = from;
        folder !== '';
        folder = folder.replace(/\/?node_modules\/(@[^/]+\/)?[^/]+$/, '')
      ) {
        const nested = `${folder}/node_modules/${name}`;
        if (nested in LOCK.packages) return nested;
      }
      return `node_modules/${name}`;
    };
    const visited = new Map<string, string[]>();
    const visit = (path: string): void => {
      const { dependencies = {}, optionalDependencies = {} } = LOCK.packages[path] ?? {};
      const below = Object.entries({ ...dependencies, ...optionalDependencies });
      visited.set(
        path,
        below.filter(([, range]) => !exact.test(range)).map(([name]) => name),
      );
      for (const [name] of below) {
        const next = found(name, path);
        if (!visited.has(next)) visit(next);
      }
    };
    for (const [name, version] of Object.entries(MANIFEST.dependencies)) {
      expect(version).toBe(LOCK.packages[`node_modules/${name}`]?.version);
      visit(`node_modules/${name}`);
    }
    expect([...visited.keys()]).toContain('node_modules/@libsql/linux-x64-gnu');
    for (const [path, vague] of visited) {
      expect([path, vague]).toEqual([path, []]);
      expect(LOCK.packages[path]).toHaveProperty('version');
      expect(LOCK.packages[path]).not.toHaveProperty('hasInstallScript');
    }
    expect(
      Object.keys(MANIFEST.scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name)),
    ).toEqual([]);
  });

  it('is built before it is packed', () => {
    expect(MANIFEST.scripts['prepack']).toContain('npm run --silent build');
  });

  it('is called by its version where the pages say how to install it', () => {
    const named = ['README.md', 'docs/deploy.md'].flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/aam-segment-gateway[-@:](\d[\w.-]*?)(?=\.tgz|[`\s])/g)].map(
        ([, version]) => version,
      ),
    );
    expect(named.length).toBeGreaterThan(3);
    expect([...new Set(named)]).toEqual([MANIFEST.version]);
  });

  it('has the version of the newest section of the changelog', () => {
    const [, version] = /^## (\d\S*)/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
    expect(version).toBe(MANIFEST.version);
  });
});

describe('the notices of licences', () => {
  const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8');
  const ofPage = readFileSync('dist/web/THIRD-PARTY-NOTICES.txt', 'utf8');

  it('have every library of the program, and of the page, with the text of its licence', () => {
    for (const name of ['@apollo/server', 'fastify', 'graphql', 'pino-pretty', 'undici', 'zod']) {
      const { version } = LOCK.packages[`node_modules/${name}`] ?? {};
      expect(notices).toContain(`\n${name} ${version}\nLicence: `);
    }
    expect(notices).toContain('Apache License');
    expect(notices).toContain('Permission is hereby granted, free of charge');
    for (const name of ['preact', 'react', 'monaco-editor'])
      expect(ofPage).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('have no licence that would ask for more than its text', () => {
    const licences = [...`${notices}${ofPage}`.matchAll(/^Licence: (.*)$/gm)].map(([, licence]) => licence);
    const known = /^\(?(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense)\b/;
    expect([...new Set(licences)].filter((licence) => !known.test(licence ?? ''))).toEqual([]);
  });
});

describe('the bills of materials', () => {
  it.each([
    ['dist/program.cdx.json', 'dist/THIRD-PARTY-NOTICES.txt', 'pkg:npm/%40apollo/server@'],
    ['dist/pages.cdx.json', 'dist/web/THIRD-PARTY-NOTICES.txt', 'pkg:npm/preact@'],
  ])('%s has the libraries of the notices, as scanners read them', (file, notices, expected) => {
    const { components, ...materials } = JSON.parse(readFileSync(file, 'utf8')) as {
      metadata: unknown;
      components: { name: string; group?: string; version: string; purl: string; 'bom-ref': string }[];
    };
    expect(materials).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { type: 'application', version: MANIFEST.version } },
    });
    const listed = components.map(({ group, name, version }) =>
      group === undefined ? `${name} ${version}` : `${group}/${name} ${version}`,
    );
    const noticed = [...readFileSync(notices, 'utf8').matchAll(/^(\S+ \S+)\nLicence: /gm)].map(
      ([, each]) => each,
    );
    expect(listed.sort()).toEqual([...new Set(noticed)].sort());
    const references = components.map((component) => component['bom-ref']);
    expect(references).toEqual([...new Set(components.map(({ purl }) => purl))]);
    expect(references.some((reference) => reference.startsWith(expected))).toBe(true);
  });
});
