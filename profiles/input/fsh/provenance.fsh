Profile: MedAIProvenance
Parent: Provenance
Id: medai-provenance
Title: "MedAI Provenance"
Description: "Who made a result: this model, after this card, from these pixels. It keeps the constraints of HL7's AI-Provenance (AI Transparency on FHIR, 1.0.0-ballot). The data behind a risk stand in RiskAssessment.basis and are not repeated."
* insert Authored
* insert Whole
* target obeys medai-prov-target
* occurred[x] 1..1
* occurred[x] only dateTime
* reason 1..1
* reason = $ObservationValue#AIAST
* activity 1..1
* activity = $DataOperation#CREATE
* activity.text 1..1
* activity.text ^short = "What caused it: cds-hooks:[hook] or operation:[code]"
* agent 1..1
* agent.type 1..1
* agent.type = $ParticipantType#author
* agent.role 1..1
* agent.role = $AITransparency#Artificial-Intelligence
* agent.who only Reference(Device)
* agent.who obeys medai-absolute
* agent.who.reference 1..1
* agent.onBehalfOf 0..0
* entity 1..*
* entity obeys medai-prov-entity
* obeys medai-prov-card

Invariant: medai-prov-target
Description: "What was made is named in the version that was made."
Severity: #error
Expression: "reference.matches('^https?://.+/_history/[0-9]+$')"

Invariant: medai-prov-card
Description: "Exactly one entity is the model card: derivation, a DocumentReference."
Severity: #error
Expression: "entity.where(role = 'derivation').count() = 1 and entity.where(role = 'derivation').what.reference.matches('^https?://.+/DocumentReference/[A-Za-z0-9.-]{1,64}$')"

Invariant: medai-prov-entity
Description: "Everything but the model card is a source."
Severity: #error
Expression: "role = 'derivation' or role = 'source'"
