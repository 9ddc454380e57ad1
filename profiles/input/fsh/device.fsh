Profile: MedAIDevice
Parent: Device
Id: medai-device
Title: "MedAI Device"
Description: "One version of one model. It keeps the constraints of HL7's AI-Device (AI Transparency on FHIR, 1.0.0-ballot): the type is Artificial-Intelligence and nothing else, kinds and model card are extensions."
* insert Authored
* insert Whole
* extension contains AIKind named kind 1..* and ModelCardDescription named modelCard 1..1
* extension[kind].value[x] only CodeableConcept
* extension[modelCard].value[x] only Reference
* identifier 1..1
* identifier.system 1..1
* identifier.system = "https://medai.example.org/fhir/sid/model" (exactly)
* identifier.value 1..1
* status 1..1
* status = #active (exactly)
* status ^comment = "Served as long as any result refers to it."
* manufacturer 1..1
* modelNumber 1..1
* deviceName 2..2
* type 1..1
* type.coding 1..1
* type.coding.system 1..1
* type.coding.system = $AITransparency (exactly)
* type.coding.code 1..1
* type.coding.code = #Artificial-Intelligence (exactly)
* version 3..3
* version.type 1..1
* version.type from DeviceVersionTypes (required)
* obeys medai-device-versions and medai-device-names and medai-device-identity
* patient 0..0
* note 1..*

Invariant: medai-device-versions
Description: "Version and SHA-256 of the model and version of the software are each given once."
Severity: #error
Expression: "version.where(type.coding.code = 'model').count() = 1 and version.where(type.coding.code = 'software').count() = 1 and version.where(type.coding.code = 'model-sha256').count() = 1 and version.where(type.coding.code = 'model-sha256').value.matches('^[0-9a-f]{64}$')"

Invariant: medai-device-names
Description: "A name for people and one of the model."
Severity: #error
Expression: "deviceName.where(type = 'user-friendly-name').count() = 1 and deviceName.where(type = 'model-name').count() = 1"

Invariant: medai-device-identity
Description: "The identifier is made of model id, version and hash."
Severity: #error
Expression: "identifier.value = modelNumber & '|' & version.where(type.coding.code = 'model').value & '|' & version.where(type.coding.code = 'model-sha256').value"
