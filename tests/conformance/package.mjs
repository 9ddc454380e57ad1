// The committed FHIR package of profiles/: its definitions by canonical, its examples.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'profiles', 'package');

const read = (from) => readdirSync(from).filter((n) => n.endsWith('.json') && n !== 'package.json' && n !== '.index.json').sort()
  .map((n) => ({ name: n, resource: JSON.parse(readFileSync(join(from, n), 'utf8')) }));

export const definitions = read(folder);

/** Extensions of other packages that our profiles name, as far as they name them. */
export const foreign = read(join(folder, '..', 'foreign')).map((d) => d.resource);

export const examples = read(join(folder, 'examples'));

const byUrl = new Map(definitions.map(({ resource }) => [`${resource.resourceType}|${resource.url}`, resource]));

/** A definition of the package, or undefined. A canonical may say its version. */
export const find = (type, canonical) => byUrl.get(`${type}|${canonical?.split('|')[0]}`);

/** Profiles of ours that a resource claims. */
export const claimed = (resource) => isSubset(resource) ? [] : (resource.meta?.profile ?? []).map((p) => find('StructureDefinition', p)).filter(Boolean);

/** True for a part of a resource (_summary, _elements): FHIR does not ask it to keep the profiles of the whole. */
export const isSubset = (resource) => (resource.meta?.tag ?? []).some((t) => t.code === 'SUBSETTED');

/** True for a definition of which `_elements` left so little that the invariants of StructureDefinition (sdf-4, sdf-6) cannot hold, and for a Bundle of such. */
export const isDefinitionInPart = (resource) => resource.resourceType === 'Bundle'
  ? (resource.entry ?? []).some((e) => e.resource && isDefinitionInPart(e.resource))
  : resource.resourceType === 'StructureDefinition' && isSubset(resource) && !resource.snapshot && !resource.differential;

/** Profiles of a resource type. */
export const profilesOf = (type) => definitions.map((d) => d.resource).filter((r) => r.resourceType === 'StructureDefinition' && r.type === type);

/** The codes of a value set of ours, as system|code; null when it is not ours or not a closed list. */
export function expand(canonical) {
  const set = find('ValueSet', canonical);
  if (!set) return null;
  const codes = new Set();
  for (const include of set.compose.include) {
    const concepts = include.concept ?? (find('CodeSystem', include.system)?.content === 'complete' ? find('CodeSystem', include.system).concept : null);
    if (!concepts) return null;
    for (const concept of concepts) codes.add(`${include.system}|${concept.code}`);
  }
  return codes;
}
