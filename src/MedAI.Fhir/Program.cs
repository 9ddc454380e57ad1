using MedAI.Fhir;

// Bounds every regular expression that a library may run on text from outside (FHIRPath's matches() sets no timeout of its own).
AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromMilliseconds(200));

await using var app = Server.Create(args);
await app.RunAsync();
