Profile: MedAIRiskAssessment
Parent: RiskAssessment
Id: medai-risk-assessment
Title: "MedAI RiskAssessment"
Description: "A risk that a model estimated: how likely in percent, over which time, for whom, by which version of which model, from which data."
* insert Authored
* insert Whole
* insert Labelled
* text 1..1
* identifier 0..1
* identifier.system 1..1
* identifier.system = "https://medai.example.org/fhir/sid/result" (exactly)
* identifier.value 1..1
* basedOn 0..0
* parent 0..0
* status = #final (exactly)
* status ^comment = "The estimate is complete and will not change. Whether a clinician agrees is another statement."
* insert MethodOfAModel
* code 1..1
* code.coding 1..1
* code.coding.system 1..1
* code.coding.code 1..1
* subject only Reference(Patient)
* occurrence[x] 1..1
* occurrence[x] only dateTime
* occurrence[x] ^short = "As-of: later data were not used"
* performer 1..1
* performer only Reference(Device)
* performer obeys medai-absolute
* performer.reference 1..1
* basis 1..*
* basis obeys medai-ra-basis
* obeys medai-ra-basis-once and medai-ra-bounded and medai-ra-explained and medai-ra-as-of
* prediction 1..*
* prediction.extension contains AIConfidence named confidence 0..1
* prediction.extension[confidence].value[x] only Range
* prediction.extension[confidence] obeys medai-interval
* prediction.outcome 1..1
* prediction.outcome.coding 1..1
* prediction.outcome.text 1..1
* prediction.probability[x] 1..1
* prediction.probability[x] only decimal
* prediction.probability[x] ^short = "Percentage, 0 to 100"
* prediction obeys medai-ra-percent
* prediction.qualitativeRisk from RiskBands (required)
* prediction.relativeRisk 0..0
* prediction.relativeRisk ^comment = "Compares with the population in general, which no model knows. The cohort's base rate stands in the rationale."
* prediction.when[x] 1..1
* prediction.when[x] only Period
* prediction.when[x] ^comment = "Without it R4 reads the risk as one over the whole lifespan."
* prediction obeys medai-ra-start
* mitigation 0..0
* note 1..*
* note.time 1..1

Invariant: medai-ra-percent
Description: "A probability is a percentage in 0..100."
Severity: #error
Expression: "probability.ofType(decimal).exists() and probability.ofType(decimal) >= 0 and probability.ofType(decimal) <= 100"

Invariant: medai-ra-start
Description: "The time that the risk is about has a start, and no end before it."
Severity: #error
Expression: "when.ofType(Period).start.exists() and (when.ofType(Period).end.empty() or when.ofType(Period).start <= when.ofType(Period).end)"

Invariant: medai-ra-bounded
Description: "A risk without an end of its own ends with an encounter, which is named."
Severity: #error
Expression: "encounter.exists() or prediction.all(when.ofType(Period).end.exists())"

Invariant: medai-ra-as-of
Description: "The risk counts from the instant as of which it was estimated."
Severity: #error
Expression: "prediction.all(when.ofType(Period).start = %resource.occurrence.ofType(dateTime))"

Invariant: medai-ra-explained
Description: "The first prediction says what it rests on."
Severity: #error
Expression: "prediction.first().rationale.exists()"

Invariant: medai-ra-basis
Description: "An input is named, and in one state: by version, by a hash of its content, by an identifier of its own or, without an address, in words."
Severity: #error
Expression: "reference.matches('/_history/') or extension('https://medai.example.org/fhir/StructureDefinition/content-sha256').exists() or identifier.value.exists() or (reference.empty() and display.exists())"

Invariant: medai-ra-basis-once
Description: "No input is named twice."
Severity: #error
Expression: "basis.reference.isDistinct()"
