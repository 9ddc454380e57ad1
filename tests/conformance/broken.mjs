// Every example of the package is broken in every way that its profile and FHIR forbid, and each broken copy must be rejected by at
// least one judge: a rule that nobody holds is no rule. What to break is read from the profile's snapshot; for invariants it stands here,
// and an invariant without an entry fails.

import { baseElement, membersOf } from './invariants.mjs';
import { claimed, definitions, examples, expand } from './package.mjs';
import { checkSnapshot, constant, inSlice, treeOf, valuesOf } from './snapshot.mjs';

const copy = (value) => JSON.parse(JSON.stringify(value));
const tailOf = (path) => path.slice(path.lastIndexOf('.') + 1);
const isList = (path) => baseElement(path)?.max === '*';

/** A value of a type, for an element that must not be there. */
const sample = {
  Reference: { reference: 'Group/1' }, CodeableConcept: { text: 'x' }, string: 'x', decimal: 1, markdown: 'x', code: 'x', uri: 'urn:x', url: 'http://x.example.org', base64Binary: 'eA==',
  unsignedInt: 1, boolean: true, dateTime: '2026-03-02T07:00:00Z', Period: { start: '2026-03-02T07:00:00Z' }, Range: { low: { value: 1 } }, Quantity: { value: 1 }, integer: 1, Coding: { code: 'x' },
  Resource: { resourceType: 'Basic', id: 'c', code: { text: 'x' } }, Extension: { url: 'http://x.example.org', valueString: 'x' }, Age: { value: 1 }, Timing: { code: { text: 'x' } }, SampledData: { origin: { value: 0 }, period: 1, dimensions: 1, data: '1' },
  time: '07:00:00', Ratio: { numerator: { value: 1 } }, instant: '2026-03-02T07:00:00Z', Money: { value: 1, currency: 'EUR' }, Identifier: { value: 'x' }, Attachment: { title: 'x' },
};

/** The value with something else in the place of a constant. */
function spoil(value) {
  if (Array.isArray(value)) return value.map(spoil);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === 'display' || k === 'text' ? v : spoil(v)]));
  if (typeof value === 'string') return `${value}x`;
  return value;
}

/** Broken copies that follow from cardinalities, types, constants, slices and value sets: [what was done, resource]. */
function* fromSnapshot(original, profile) {
  yield* children(treeOf(profile), []);

  function at(resource, place) {
    return place.reduce((node, key) => node[key], resource);
  }

  function* broken(what, place, change) {
    const resource = copy(original);
    change(at(resource, place), resource);
    yield [`${[profile.type, ...place].join('.')}: ${what}`, resource];
  }

  function* children(node, place) {
    for (const child of node.children) yield* member(child, place);
  }

  function* member(node, place) {
    const { element } = node;
    const name = tailOf(element.path);
    const parent = at(original, place);
    if (parent === null || typeof parent !== 'object') return;
    const entries = valuesOf(parent, element);
    const keys = [...new Set(entries.map((e) => e.name.replace(/\[\d+\]$/, '')))];
    if (element.min > 0 && entries.length > 0) yield* broken(`${name} is missing`, place, (p) => keys.forEach((k) => delete p[k]));
    if (element.max === '0' && entries.length === 0) {
      const [key, type] = membersOf(baseElement(element.path) ?? element, name)[0];
      const value = sample[type];
      if (value !== undefined) yield* broken(`${name} must not be there`, place, (p) => (p[key] = isList(element.path) ? [value] : value));
    }
    if (element.max === '1' && isList(element.path) && entries.length === 1) yield* broken(`${name} twice`, place, (p) => p[keys[0]].push(copy(p[keys[0]][0])));
    if (name.endsWith('[x]') && entries.length === 1) {
      const other = membersOf(baseElement(element.path) ?? element, name).find(([key, type]) => sample[type] !== undefined && !membersOf(element, name).some(([k]) => k === key));
      if (other && element.path.split('.')[0] !== 'Extension') yield* broken(`${name} of type ${other[1]}`, place, (p) => { delete p[keys[0]]; p[other[0]] = sample[other[1]]; });
    }
    // Of a list the first item stands for all; the slices name the others.
    if (entries.length > 0) yield* value(node, place, entries[0]);
    for (const slice of node.slices) {
      const entry = entries.find((e) => inSlice(e, slice, element.slicing));
      if (!entry) continue;
      if (slice.element.min > 0 && !name.endsWith('[x]')) {
        yield* broken(`${name}:${slice.element.sliceName} is missing`, place, (p) => {
          p[keys[0]] = p[keys[0]].filter((v) => !inSlice({ value: v }, slice, element.slicing));
          if (p[keys[0]].length === 0) delete p[keys[0]];
        });
      }
      yield* value(slice, place, entry);
    }
  }

  function* value(node, place, entry) {
    const { element } = node;
    const index = /\[(\d+)\]$/.exec(entry.name);
    const key = entry.name.replace(/\[\d+\]$/, '');
    const own = index ? [...place, key, Number(index[1])] : [...place, key];
    const set = (p, v) => (index ? (p[key][Number(index[1])] = v) : (p[key] = v));
    const fixed = constant(element, 'fixed') ?? constant(element, 'pattern');
    // A slice with another constant is another slice, an extension with another url another extension: that it is missing is broken above.
    if (fixed !== undefined && !element.sliceName && !/xtension\.url$/.test(element.path)) yield* broken(`${entry.name} is another`, place, (p) => set(p, spoil(entry.value)));
    if (element.binding?.strength === 'required' && expand(element.binding.valueSet)) yield* broken(`${entry.name} is not in its value set`, place, (p) => set(p, spoil(entry.value)));
    const targets = element.type?.find((t) => t.code === 'Reference')?.targetProfile;
    if (targets && typeof entry.value?.reference === 'string' && !targets.some((t) => t.endsWith('/Resource'))) {
      yield* broken(`${entry.name} refers to something else`, place, (p) => set(p, { ...entry.value, reference: 'https://x.example.org/fhir/Basic/1' }));
    }
    if (entry.value !== null && typeof entry.value === 'object') yield* children(node, own);
  }
}

/** How to break each invariant of ours; false where the example does not have what the rule is about. */
const invariants = {
  'medai-model-hash': (r) => (r.method.text = 'Model, version 1'),
  'medai-absolute': (r) => {
    const reference = r.performer ?? r.device ?? r.agent[0].who;
    reference.reference = 'Device/d';
  },
  'medai-interval': (r) => {
    const holder = r.extension ? r : r.prediction[0];
    const confidence = holder.extension?.find((e) => e.url.endsWith('/AIconfidence'));
    if (!confidence) return false;
    confidence.valueRange.low.value = 99.9;
    confidence.valueRange.high.value = 0.1;
  },
  'medai-ra-percent': (r) => (r.prediction[0].probabilityDecimal = -0.1),
  'medai-ra-start': (r) => (r.prediction[0].whenPeriod.end = '2020-01-01T00:00:00Z'),
  'medai-ra-bounded': (r) => delete r.encounter,
  'medai-ra-as-of': (r) => (r.prediction[0].whenPeriod.start = '2026-03-03T00:00:00Z'),
  'medai-ra-explained': (r) => delete r.prediction[0].rationale,
  'medai-ra-basis': (r) => (r.basis[0] = { reference: 'Observation/1' }),
  'medai-ra-basis-once': (r) => r.basis.push(copy(r.basis[0])),
  'medai-device-versions': (r) => (r.version.find((v) => v.type.coding[0].code === 'model-sha256').value = 'ABC'),
  'medai-device-names': (r) => (r.deviceName[0].type = 'other'),
  'medai-device-identity': (r) => (r.identifier[0].value = 'x'),
  'medai-prov-target': (r) => (r.target[0].reference = 'RiskAssessment/1'),
  'medai-prov-card': (r) => (r.entity[0].what.reference = 'https://x.example.org/fhir/Observation/1'),
  'medai-prov-entity': (r) => r.entity.push({ role: 'quotation', what: { display: 'x' } }),
  'medai-dr-read': (r) => (r.status = r.status === 'partial' ? 'cancelled' : 'partial'),
  'medai-dr-unread': (r) => (r.conclusion ? delete r.conclusion : (r.conclusion = 'x')),
  'medai-dr-unverified': (r) => (r.status === 'partial' ? (r.conclusion = 'No finding.') : false),
  'medai-dr-media': (r) => (r.media ? delete r.media : (r.media = [{ link: { reference: 'Media/1' } }])),
  'medai-obs-percent': (r) => (r.valueQuantity.value = 100.1),
  'medai-obs-source': (r) => (r.derivedFrom = [{ reference: 'Media/1' }, { reference: 'Media/2' }]),
  'medai-obs-code': (r) => (r.code.coding[0].code = 'disorder'),
  'medai-media-binary': (r) => (r.content.url = 'https://x.example.org/picture.png'),
  'medai-sha256': (r) => {
    const holder = [...(r.basis ?? []), ...(r.entity ?? []).map((e) => e.what)].find((x) => x.extension?.some((e) => e.url.endsWith('-sha256')));
    if (!holder) return false;
    holder.extension[0].valueString = 'ABC';
  },
  'medai-audit-subtype': (r) => (r.subtype[0].system = 'http://dicom.nema.org/resources/ontology/DCM'),
  'medai-audit-action': (r) => (r.action = r.action === 'R' ? 'E' : 'R'),
  // The wrong way round.
  'medai-audit-agents': (r) => ([r.agent[0].type, r.agent[1].type] = [r.agent[1].type, r.agent[0].type]),
  'medai-audit-requestor': (r) => r.agent.forEach((a) => (a.requestor = true)),
  'medai-audit-request': (r) => (r.entity = r.entity.filter((e) => e.type.code !== 'XrequestId')),
  'medai-audit-patient': (r) => {
    const patient = r.entity.find((e) => e.role?.code === '1');
    if (!patient) return false;
    r.entity.push(copy(patient));
  },
  'medai-audit-query': (r) => {
    const query = r.entity.find((e) => e.role?.code === '24');
    if (query) delete query.query;
    else r.entity[0].query = 'eA==';
  },
  'medai-audit-denied': (r) => {
    r.outcome = '4';
    delete r.outcomeDesc;
  },
};

const firstTime = (r) => ['occurrenceDateTime', 'effectiveDateTime', 'occurredDateTime', 'createdDateTime', 'recorded', 'issued', 'date'].find((k) => k in r);
const firstList = (r) => Object.keys(r).find((k) => Array.isArray(r[k]));

/** What FHIR forbids of every resource, and what a validator is known to miss. */
const everywhere = [
  ['an element that FHIR does not know', (r) => (r.score = 1)],
  ['a list in place of one value', (r) => (r.id = [r.id])],
  ['one value in place of a list', (r) => (firstList(r) ? (r[firstList(r)] = r[firstList(r)][0]) : false)],
  ['null in a list', (r) => (firstList(r) ? r[firstList(r)].push(null) : false)],
  ['an empty list', (r) => (r.implicitRules === undefined ? (r.meta.tag = []) : false)],
  ['an empty object', (r) => (r.meta.tag = [{}])],
  ['an empty text', (r) => (r.language = '')],
  ['an id with forbidden characters', (r) => (r.id = 'a b')],
  ['an impossible time', (r) => (firstTime(r) ? (r[firstTime(r)] = '2026-13-45T07:00:00Z') : false)],
  ['a time without a zone', (r) => (firstTime(r) ? (r[firstTime(r)] = '2026-03-02T07:00:00') : false)],
  ['an extension without url', (r) => (r.resourceType === 'Binary' ? false : (r.extension = [...(r.extension ?? []), { valueString: 'x' }]))],
  ['a labelled resource contained (dom-5)', (r) => (r.resourceType === 'Binary' ? false : (r.contained = [{ resourceType: 'Basic', id: 'c', meta: { security: [{ code: 'AIAST' }] }, code: { text: 'x' } }]))],
  ['a contained resource that nobody refers to (dom-3)', (r) => (r.resourceType === 'Binary' ? false : (r.contained = [{ resourceType: 'Basic', id: 'c', code: { text: 'x' } }]))],
];

const ofType = {
  RiskAssessment: [
    ['percentage 120 (ras-2)', (r) => (r.prediction[0].probabilityDecimal = 120)],
    ['two values of one choice', (r) => (r.prediction[0].probabilityRange = { low: { value: 1, unit: '%', system: 'http://unitsofmeasure.org', code: '%' }, high: { value: 2, unit: '%', system: 'http://unitsofmeasure.org', code: '%' } })],
    ['probability as a string', (r) => (r.prediction[0].probabilityDecimal = '12.5')],
    ['mitigation as a list, as R5 has it', (r) => (r.mitigation = ['x'])],
    ['a patient as performer', (r) => (r.performer = { reference: 'https://x.example.org/fhir/Patient/1' })],
    ['a label that is another', (r) => (r.meta.security[0].code = 'DICTAST')],
  ],
  DiagnosticReport: [
    ['a final report', (r) => (r.status = 'final')],
    ['a Device as performer', (r) => (r.performer = [{ reference: 'Device/1' }])],
    ['the code of a radiologist', (r) => (r.code = { coding: [{ system: 'http://loinc.org', code: '36643-5' }] })],
    ['the size of an attachment as a string, as R5 has it', (r) => (r.presentedForm[0].size = '6')],
  ],
  Observation: [
    ['a bare disorder as code', (r) => (r.code.coding[0] = { system: 'http://snomed.info/sct', code: '233604007' })],
    ['the uncertainty twice', (r) => r.extension.push(copy(r.extension[0]))],
    ['a fraction as a unit', (r) => (r.valueQuantity.code = '1')],
  ],
  Device: [['two types', (r) => r.type.coding.push({ system: 'http://snomed.info/sct', code: '706689003' })]],
};

export function breakExamples(judge, count) {
  // Without its meta nobody can see which profile a resource should keep: here it is known.
  const reject = (resource, profile) => checkSnapshot(resource, profile).length > 0 || ['schema', 'profile', 'medplum', 'fhir', 'fhirpath'].some((validator) => {
    try {
      return judge(validator, resource).counted.length > 0;
    } catch {
      // A validator that falls over has not said what is wrong.
      return false;
    }
  });
  const brokenInvariants = new Set();
  for (const { name, resource } of examples) {
    const [profile] = claimed(resource);
    if (!profile) {
      count.fail('broken', name, ['claims no profile of ours']);
      continue;
    }
    const missed = [];
    let rejected = 0;
    const take = (what, candidate) => (reject(candidate, profile) ? rejected++ : missed.push(what));
    for (const [what, candidate] of fromSnapshot(resource, profile)) take(what, candidate);
    for (const [what, change] of [...everywhere, ...(ofType[resource.resourceType] ?? [])]) {
      const candidate = copy(resource);
      if (change(candidate) !== false) take(what, candidate);
    }
    const keys = new Set(profile.snapshot.element.flatMap((e) => e.constraint ?? []).map((c) => c.key).filter((k) => k.startsWith('medai-')));
    // Rules of our extensions hold wherever the extension stands.
    if (JSON.stringify(resource).includes('-sha256"')) keys.add('medai-sha256');
    for (const key of keys) {
      const candidate = copy(resource);
      if (!invariants[key]) missed.push(`${key} is never broken`);
      else if (invariants[key](candidate) !== false) {
        // The rule itself must say so, not a neighbour.
        if (judge('profile', candidate).counted.some((f) => f.includes(key))) {
          rejected++;
          brokenInvariants.add(key);
        } else missed.push(key);
      }
    }
    if (rejected > 0) count.passAll('broken', `${name}: ${rejected} broken copies are rejected`, rejected);
    for (const what of missed) count.fail('broken', `${name}: not rejected`, [what]);
  }
  const all = new Set(definitions.filter((d) => d.resource.resourceType === 'StructureDefinition')
    .flatMap((d) => d.resource.differential.element).flatMap((e) => e.constraint ?? []).map((c) => c.key).filter((k) => k.startsWith('medai-')));
  for (const key of all) {
    if (brokenInvariants.has(key)) count.pass('broken', `${key} is held`);
    else count.fail('broken', `${key}`, ['no example was broken by it']);
  }
  for (const profile of definitions.map((d) => d.resource).filter((r) => r.resourceType === 'StructureDefinition' && r.type !== 'Extension')) {
    if (examples.some(({ resource }) => resource.meta?.profile?.includes(profile.url))) count.pass('broken', `${profile.id} has an example`);
    else count.fail('broken', profile.id, ['has no example']);
  }
}
