// Checks a resource against the snapshot of a profile: cardinalities (choice elements too), allowed types and targets, fixed and
// pattern values, slices by pattern, value and type, value sets of ours, and the profile's own invariants. Written for what other
// validators leave out, and on purpose without their code.

import { evaluate } from './invariants.mjs';
import { expand, find } from './package.mjs';

/** The profile's elements as a tree: id to element with children and slices. */
const trees = new Map();
export function treeOf(profile) {
  if (trees.has(profile.url)) return trees.get(profile.url);
  const nodes = new Map();
  for (const element of profile.snapshot.element) nodes.set(element.id, { element, children: [], slices: [] });
  for (const [id, node] of nodes) {
    const parent = id.includes('.') ? id.slice(0, id.lastIndexOf('.')) : null;
    if (parent === null) continue;
    const last = id.slice(parent.length + 1);
    const colon = last.indexOf(':');
    if (colon >= 0) nodes.get(`${parent}.${last.slice(0, colon)}`)?.slices.push(node);
    else nodes.get(parent)?.children.push(node);
  }
  const root = nodes.get(profile.type);
  trees.set(profile.url, root);
  return root;
}

const capital = (code) => code[0].toUpperCase() + code.slice(1);

/** What a choice element or a plain one holds: name in JSON, type, values. */
export function valuesOf(parent, element) {
  const tail = element.path.slice(element.path.lastIndexOf('.') + 1);
  if (!tail.endsWith('[x]')) {
    const value = parent[tail];
    return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map((v, i) => ({ value: v, name: Array.isArray(value) ? `${tail}[${i}]` : tail, type: element.type?.[0]?.code }));
  }
  const stem = tail.slice(0, -3);
  return Object.keys(parent).filter((k) => k.startsWith(stem) && k.length > stem.length && /[A-Z]/.test(k[stem.length]))
    .map((k) => ({ value: parent[k], name: k, suffix: k.slice(stem.length), type: element.type?.find((t) => capital(t.code) === k.slice(stem.length))?.code }));
}

export const constant = (element, kind) => Object.entries(element).find(([k]) => k.startsWith(kind) && k !== kind)?.[1];

/** True when everything of the pattern is in the value; lists hold a matching item for each of the pattern's. */
function matches(value, pattern) {
  if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((p) => value.some((v) => matches(v, p)));
  if (pattern !== null && typeof pattern === 'object') return value !== null && typeof value === 'object' && Object.entries(pattern).every(([k, p]) => matches(value[k], p));
  return value === pattern;
}

function equal(a, b) {
  return matches(a, b) && matches(b, a);
}

export function inSlice(entry, slice, slicing) {
  return slicing.discriminator.every(({ type, path }) => {
    if (type === 'type') return slice.element.type.some((t) => capital(t.code) === entry.suffix);
    if (path === '$this') return matches(entry.value, constant(slice.element, 'pattern') ?? constant(slice.element, 'fixed'));
    if (path === 'url' && slice.element.type?.[0]?.profile) return slice.element.type[0].profile.includes(entry.value?.url);
    const child = slice.children.find((c) => c.element.path.endsWith(`.${path}`));
    return child ? matches(entry.value?.[path], constant(child.element, 'fixed') ?? constant(child.element, 'pattern')) : false;
  });
}

function codesOf(value, type) {
  if (type === 'code') return [[null, value]];
  if (type === 'Coding') return [[value.system, value.code]];
  return (value.coding ?? []).map((c) => [c.system, c.code]);
}

const targetOf = (reference) => {
  const path = reference.replace(/\/_history\/.*$/, '').split('/');
  return path.length >= 2 && /^[A-Z]/.test(path[path.length - 2]) ? path[path.length - 2] : null;
};

/** @returns {string[]} everything that is not as the profile says; empty when it is */
export function checkSnapshot(resource, profile, where = profile.type) {
  const problems = [];
  const root = treeOf(profile);
  visit(resource, root, where, profile.type);
  return problems;

  function visit(value, node, where, type) {
    for (const constraint of node.element.constraint ?? []) {
      if (!constraint.key.startsWith('medai-')) continue;
      try {
        const result = evaluate(value, type === 'BackboneElement' ? node.element.path : type, constraint.expression, resource);
        // Unlike the base invariants ours are written so that they never come out empty.
        if (result.length !== 1 || result[0] !== true) problems.push(`${where}: ${constraint.key} ${constraint.human}`);
      } catch (error) {
        problems.push(`${where}: ${constraint.key} could not be evaluated: ${error.message}`);
      }
    }
    if (value === null || typeof value !== 'object') return;
    for (const child of node.children) checkMember(value, child, where);
  }

  function checkMember(parent, node, where) {
    const { element } = node;
    const entries = valuesOf(parent, element);
    const name = element.path.slice(element.path.lastIndexOf('.') + 1);
    count(entries.length, element, `${where}.${name}`);
    for (const entry of entries) checkValue(entry, node, `${where}.${entry.name}`);
    if (node.slices.length === 0) return;
    const taken = new Map(node.slices.map((s) => [s, 0]));
    for (const entry of entries) {
      const slice = node.slices.find((s) => inSlice(entry, s, element.slicing));
      if (!slice) continue;
      taken.set(slice, taken.get(slice) + 1);
      checkValue(entry, slice, `${where}.${entry.name}`);
    }
    for (const [slice, times] of taken) {
      // A choice cut by type is there only where it has that type.
      if (!element.path.endsWith('[x]')) count(times, slice.element, `${where}.${name}:${slice.element.sliceName}`);
    }
  }

  function count(times, element, where) {
    if (times < element.min) problems.push(`${where}: at least ${element.min} required, ${times} found`);
    if (element.max !== '*' && times > Number(element.max)) problems.push(`${where}: at most ${element.max} allowed, ${times} found`);
  }

  function checkValue(entry, node, where) {
    const { element } = node;
    const { value } = entry;
    if (entry.suffix && !entry.type) problems.push(`${where}: this type is not allowed`);
    const fixed = constant(element, 'fixed');
    if (fixed !== undefined && !equal(value, fixed)) problems.push(`${where}: must be ${JSON.stringify(fixed)}`);
    const pattern = constant(element, 'pattern');
    if (pattern !== undefined && !matches(value, pattern)) problems.push(`${where}: must have ${JSON.stringify(pattern)}`);
    if (element.binding?.strength === 'required') {
      const codes = expand(element.binding.valueSet);
      for (const [system, code] of codes ? codesOf(value, entry.type) : []) {
        if (![...codes].some((c) => c === `${system}|${code}` || (system === null && c.endsWith(`|${code}`)))) problems.push(`${where}: ${code} is not in ${element.binding.valueSet}`);
      }
    }
    const targets = element.type?.find((t) => t.code === 'Reference')?.targetProfile;
    if (targets && typeof value?.reference === 'string') {
      const target = targetOf(value.reference);
      if (target && !targets.some((t) => t.endsWith(`/${target}`) || t.endsWith('/Resource'))) problems.push(`${where}: must refer to ${targets.map((t) => t.split('/').pop()).join(' or ')}`);
    }
    visit(value, node, where, entry.type ?? element.type?.[0]?.code);
  }
}

const base = 'https://medai.example.org/fhir/StructureDefinition/';

/** Extensions of ours are defined, and keep their definition, wherever they stand. */
export function checkExtensions(value, where) {
  if (value === null || typeof value !== 'object') return [];
  const problems = [];
  if (typeof value.url === 'string' && value.url.startsWith(base) && /extension\[\d+\]$/i.test(where)) {
    const definition = find('StructureDefinition', value.url);
    if (definition?.type === 'Extension') problems.push(...checkSnapshot(value, definition, where));
    else problems.push(`${where}: ${value.url} is no extension of ours`);
  }
  for (const [key, child] of Object.entries(value)) problems.push(...checkExtensions(child, Array.isArray(value) ? `${where}[${key}]` : `${where}.${key}`));
  return problems;
}

/** What JSON can say and FHIR forbids: null outside of lists of primitives, empty lists, objects and texts. */
export function checkShape(value, where, problems = []) {
  if (Array.isArray(value)) {
    if (value.length === 0) problems.push(`${where}: an empty list`);
    value.forEach((v, i) => (v === null ? problems.push(`${where}[${i}]: null`) : checkShape(v, `${where}[${i}]`, problems)));
  } else if (value !== null && typeof value === 'object') {
    if (Object.keys(value).length === 0) problems.push(`${where}: an empty object`);
    for (const [k, v] of Object.entries(value)) checkShape(v, `${where}.${k}`, problems);
  } else if (value === null) problems.push(`${where}: null`);
  else if (typeof value === 'string' && value.trim() === '') problems.push(`${where}: an empty text`);
  return problems;
}
