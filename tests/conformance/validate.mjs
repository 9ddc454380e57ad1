// Judges FHIR JSON with validators that share no code with MedAI (@medplum/core, npm "fhir", the FHIRPath invariants of the base
// StructureDefinitions by fhirpath.js, the JSON schema by ajv) and against the profiles of profiles/package.
//
//   node validate.mjs [--selftest] [--brief] <file.json | folder> ...
//
// A file may hold one resource, a Bundle (every entry is judged too) or NDJSON (*.ndjson). Files without a resourceType fail.
// Prints one line per resource and validator (--brief: only what failed, and sums), and last "N passed, N failed".
// Exit status 1 when anything failed.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { judge, validators } from './judges.mjs';
import { isDefinitionInPart } from './package.mjs';
import { tally } from './tally.mjs';

function resourcesOf(file) {
  const text = readFileSync(file, 'utf8');
  const roots = file.endsWith('.ndjson') ? text.split('\n').filter((l) => l.trim()).map((l) => JSON.parse(l)) : [JSON.parse(text)];
  return roots.flatMap((root) => [root, ...(root.resourceType === 'Bundle' ? (root.entry ?? []).map((e) => e.resource).filter(Boolean) : [])])
    .filter((resource) => !isDefinitionInPart(resource));
}

function expand(path) {
  return statSync(path).isDirectory()
    ? readdirSync(path).filter((n) => n.endsWith('.json') || n.endsWith('.ndjson')).sort().map((n) => join(path, n))
    : [path];
}

const args = process.argv.slice(2);
const count = tally(args.includes('--brief'));
if (args.includes('--selftest')) {
  const { selftest } = await import('./selftest.mjs');
  selftest(judge, count);
  const { breakExamples } = await import('./broken.mjs');
  breakExamples(judge, count);
}
const files = args.filter((a) => !a.startsWith('--')).flatMap(expand);
if (files.length === 0 && !args.includes('--selftest')) {
  console.error('usage: node validate.mjs [--selftest] [--brief] <file.json | file.ndjson | folder> ...');
  process.exit(2);
}
for (const file of files) {
  resourcesOf(file).forEach((resource, i) => {
    const name = `${file}${i === 0 ? '' : `#${i}`} ${resource.resourceType ?? '?'}`;
    if (!resource.resourceType) {
      count.fail('any', name, ['has no resourceType']);
      return;
    }
    for (const validator of validators) {
      const { counted, excused } = judge(validator, resource);
      if (counted.length > 0) count.fail(validator, name, counted);
      else count.pass(validator, name, excused);
    }
  });
}
process.exit(count.finish());
