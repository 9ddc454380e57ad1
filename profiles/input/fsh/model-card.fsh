Profile: MedAIModelCard
Parent: DocumentReference
Id: medai-model-card
Title: "MedAI model card"
Description: "What a model is for, what it was made from and how it was judged: the card of its package, as JSON. HL7's AI-ModelCard knows markdown and CHAI's XML only, so its type code is used and the profile is not claimed."
* insert Authored
* insert Whole
* status = #current (exactly)
* type 1..1
* type = $AIInputs#AIModelCard
* subject 0..0
* date 1..1
* description 1..1
* content 1..1
* content.attachment.contentType 1..1
* content.attachment.contentType = #application/json (exactly)
* content.attachment.data 1..1
* content.attachment.hash 1..1
* content.attachment.size 0..0
* content.attachment.url 0..0
