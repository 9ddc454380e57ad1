// What R4 finds resources by is R4's; this is what it leaves out.

Instance: DiagnosticReportImagingStudy
InstanceOf: SearchParameter
Usage: #definition
* id = "diagnosticreport-imaging-study"
* url = "https://medai.example.org/fhir/SearchParameter/diagnosticreport-imaging-study"
* version = "0.1.0"
* name = "DiagnosticReportImagingStudy"
* status = #active
* experimental = false
* date = "2026-11-30"
* publisher = "MedAI"
* description = "The study that was read: who looks at a study finds the reports of it."
* purpose = "R4 finds a DiagnosticReport by its patient, its code and its date, but not by its study, which R5 does with the parameter study."
* code = #imaging-study
* base = #DiagnosticReport
* type = #reference
* expression = "DiagnosticReport.imagingStudy"
* xpath = "f:DiagnosticReport/f:imagingStudy"
* xpathUsage = #normal
* target = #ImagingStudy
* multipleOr = true
* multipleAnd = true
