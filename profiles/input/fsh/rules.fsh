// What several profiles say in the same words.

RuleSet: Published
* ^date = "2026-11-29"
* ^status = #active
* ^experimental = false
* ^publisher = "MedAI"

// Everything that the server stores has an id, a version and a time; says which profile it keeps; and is whole in itself.
RuleSet: Authored
* insert Published
* id 1..1
* meta 1..1
* meta.versionId 1..1
* meta.lastUpdated 1..1
* meta.profile 1..*

// A DomainResource of ours holds no other one: a contained resource must not carry the label (dom-5).
RuleSet: Whole
* contained 0..0
* modifierExtension 0..0

// The label of everything that an AI asserted. R4's own copy of the code system is older than the code.
RuleSet: Labelled
* meta.security 1..*
* meta.security ^slicing.discriminator.type = #pattern
* meta.security ^slicing.discriminator.path = "$this"
* meta.security ^slicing.rules = #open
* meta.security contains ai 1..1
* meta.security[ai] = $ObservationValue#AIAST
* meta.security[ai] ^short = "Artificial Intelligence asserted"

// The algorithm, its version and the hash of its file.
RuleSet: MethodOfAModel
* method 1..1
* method.coding 1..1
* method.coding.system 1..1
* method.coding.version 1..1
* method.coding.code 1..1
* method.text 1..1
* method obeys medai-model-hash

Invariant: medai-model-hash
Description: "The text names the SHA-256 of the model's file, so that a result can be traced to the bytes that made it."
Severity: #error
Expression: "text.matches('model SHA-256 [0-9a-f]{64}$')"

Invariant: medai-absolute
Description: "A Device of this server is referred to absolutely: the reference must stay true wherever the resource goes."
Severity: #error
Expression: "reference.matches('^https?://.+/Device/[A-Za-z0-9.-]{1,64}$')"

Invariant: medai-sha256
Description: "A SHA-256 in lower-case hexadecimal digits."
Severity: #error
Expression: "value.matches('^[0-9a-f]{64}$')"

Invariant: medai-interval
Description: "Both ends of an interval are percentages in 0..100, the low one first."
Severity: #error
Expression: "value.ofType(Range).all(low.value >= 0 and high.value <= 100 and low.value <= high.value and low.system = 'http://unitsofmeasure.org' and low.code = '%' and high.system = 'http://unitsofmeasure.org' and high.code = '%')"
