// Extensions of HL7's "AI Transparency on FHIR" (1.0.0-ballot, CC0) as far as our profiles name them. They are compiled with ours and
// left out of the package, which depends on hl7.fhir.uv.aitransparency for the real ones.

Extension: AIKind
Id: aitransparency.AIKind
Description: "Kind of an AI."
Context: Device
* ^url = "http://hl7.org/fhir/uv/aitransparency/StructureDefinition/aitransparency.AIKind"
* value[x] 1..1

Extension: ModelCardDescription
Id: aitransparency.modelCardDescription
Description: "The model card of an AI."
Context: Device
* ^url = "http://hl7.org/fhir/uv/aitransparency/StructureDefinition/aitransparency.modelCardDescription"
* value[x] 1..1

Extension: AIConfidence
Id: AIconfidence
Description: "How sure an AI is."
Context: Element
* ^url = "http://hl7.org/fhir/uv/aitransparency/StructureDefinition/AIconfidence"
* value[x] 1..1
