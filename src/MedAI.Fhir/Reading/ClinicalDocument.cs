using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>One FHIR JSON document with clinical data: a prefetch value, an operation parameter, or a stored resource.</summary>
/// <param name="Name">Prefetch key or parameter name; used in problems ("prefetch.patient").</param>
/// <param name="Root">A resource, a Bundle, or JSON null ("the client has no data").</param>
public sealed record ClinicalDocument(string Name, JsonElement Root);
