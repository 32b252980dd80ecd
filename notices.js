/**
 * Says which libraries a build has put into its files: with their licences, because most of them ask for their text to come with
 * every copy, and as a list for programs that look for known vulnerabilities, which do not find them there otherwise.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of the innermost package that a module belongs to. */
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/** What files with licences, and with what these want to be passed on, are called. */
const LICENCE_FILE = /^(licen[cs]e|notice|copying)/i;

const HEADING = `This program contains the following libraries, each under its own licence.`;

/**
 * @param modules absolute paths of the modules in the built files
 * @returns the text of the notices, sorted by the names of the libraries
 * @throws if a package says nothing of its licence
 */
export async function noticesOf(modules) {
  // A library may be there twice, of the same version.
  const notices = new Set(await Promise.all(foldersOf(modules).map(noticeOf)));
  return `${[HEADING, ...[...notices].sort()].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/**
 * @param modules as for `noticesOf`
 * @param what name of what is built
 * @returns a software bill of materials: CycloneDX 1.6 in JSON, the same for the same libraries
 */
export async function materialsOf(modules, what) {
  const { name, version, license } = await manifestOf('.');
  const manifests = await Promise.all(foldersOf(modules).map(manifestOf));
  const components = new Map(manifests.map(componentOf).map((component) => [component.purl, component]));
  const described = componentOf({ name, version, license });
  const materials = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...described, type: 'application', description: what } },
    components: [...components.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1)),
  };
  return `${JSON.stringify(materials, null, 2)}\n`;
}

function componentOf({ name, version, license }) {
  const [, group, unscoped] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name);
  const purl = `pkg:npm/${group === undefined ? '' : `${encodeURIComponent(group)}/`}${unscoped}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name: unscoped,
    version,
    ...(typeof license === 'string' ? { licenses: [{ expression: license }] } : {}),
    purl,
  };
}

/** The folders of the packages that modules belong to. */
function foldersOf(modules) {
  return [...new Set(modules.map((path) => PACKAGE.exec(path)?.[0]).filter((path) => path !== undefined))];
}

async function manifestOf(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

async function noticeOf(folder) {
  const { name, version, license, author } = await manifestOf(folder);
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  if (texts.length === 0 && license === undefined) {
    throw new Error(`${folder} says nothing of its licence, which the published program has to contain`);
  }
  const by = typeof author === 'string' ? author : author?.name;
  const parts = [`${name} ${version}`, `Licence: ${license ?? 'see below'}`, by && `By: ${by}`];
  return [parts.filter(Boolean).join('\n'), ...texts.map((text) => text.trim())].join('\n\n');
}
