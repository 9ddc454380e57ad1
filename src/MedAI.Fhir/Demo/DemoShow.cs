using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Demo;

/// <summary>Demo mode: loads the samples, stops the clock at their time, and shows what an EHR would be told.</summary>
public sealed class DemoShow(ContentFolders folders, IResourceStore store, ScoreClock clock, PublicAddress address, OutboundGuard guard, CallerTokens callers, IdSource ids, TimeProvider time)
{
    /// <summary>Patients whose cards are printed at the start.</summary>
    private static readonly string[] Shown = ["demo-deteriorating", "demo-heart-failure"];

    /// <summary>Studies that are read at the start: one that the model can read, and one that it was not made for.</summary>
    private static readonly string[] Read = ["demo-chest-patchy", "demo-chest-adult"];

    /// <summary>Stores the sample patients (again changes nothing) and pins the clock.</summary>
    /// <exception cref="InvalidOperationException">The samples folder cannot be found.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        string folder = folders.Samples ?? throw new InvalidOperationException("Demo mode needs the samples folder; give it with --samples.");
        var samples = DemoSamples.Read(folder);
        clock.Pin(samples.AsOf);
        // The images of the demo are asked of this server as of any other: through the one way out.
        guard.Trust([new OriginOptions { Origin = address.Listening, Uses = [OutboundUse.DicomWeb], Internal = true }]);
        string[] files = [.. ((string[])["patients", "imaging", "groups"]).SelectMany(part => Directory.EnumerateFiles(Path.Combine(folder, part), "*.json").Order(StringComparer.Ordinal))];
        foreach (string file in files)
        {
            string bundle = (await File.ReadAllTextAsync(file, cancellationToken)).Replace(DemoPacs.SampleAddress, address.Listening + DemoPacs.Path, StringComparison.Ordinal);
            var receipt = await store.ImportBundleAsync(Encoding.UTF8.GetBytes(bundle), time, cancellationToken);
            if (receipt.Failure is not null)
                throw new InvalidDataException($"The sample {Path.GetFileName(file)} cannot be read: {receipt.Failure.Code}.");
        }
    }

    /// <summary>Fires patient-view at our own address as an EHR would, and prints the answers.</summary>
    public async Task ShowAsync(CancellationToken cancellationToken)
    {
#pragma warning disable RS0030 // It plays a client that asks this server; nothing leaves the machine.
        using var ehr = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(address.Listening) };
#pragma warning restore RS0030
        var text = new StringBuilder();
        if (callers.AreRequired)
        {
            await Console.Out.WriteLineAsync($"MedAI demo: the clock stands at {clock.Now:u}. Callers are configured, so the charts are theirs to open. Serving on {address.Origin}.");
            return;
        }
        text.AppendLine().AppendLine($"MedAI demo: the clock stands at {clock.Now:u}. Cards are shown without the sign-off that a real site needs. Two charts are opened:");
        foreach (string patient in Shown)
        {
            var request = new JsonObject
            {
                ["hook"] = "patient-view",
                ["hookInstance"] = ids.NewId(),
                ["fhirServer"] = address.FhirBase,
                ["context"] = new JsonObject { ["userId"] = "Practitioner/demo", ["patientId"] = patient },
            };
            using var answer = await ehr.PostAsJsonAsync("/cds-services/icu-mortality", request, cancellationToken);
            text.AppendLine().AppendLine($"POST {address.Origin}/cds-services/icu-mortality  patient-view of Patient/{patient}  ->  {(int)answer.StatusCode}");
            using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            if (!body.RootElement.TryGetProperty("cards", out var cards))
            {
                text.AppendLine(body.RootElement.GetRawText());
                continue;
            }
            if (cards.GetArrayLength() == 0)
                text.AppendLine("  no card: nothing to say about this patient");
            foreach (var card in cards.EnumerateArray())
                Print(card, text);
        }
        text.AppendLine().AppendLine("Two chest radiographs are read:");
        foreach (string study in Read)
            await ReadAsync(ehr, study, text, cancellationToken);
        text.AppendLine().AppendLine($"Serving on {address.Origin} until Ctrl+C. Discovery: {address.Origin}/cds-services   Capabilities: {address.FhirBase}/metadata");
        await Console.Out.WriteLineAsync(text, cancellationToken);
    }

    /// <summary>Reads a study as a FHIR client would, and prints what the report says.</summary>
    private async Task ReadAsync(HttpClient client, string study, StringBuilder text, CancellationToken cancellationToken)
    {
        string path = $"/fhir/ImagingStudy/{study}/${InterpretImagingOperation.Code}";
        using var answer = await client.PostAsync(path, null, cancellationToken);
        text.AppendLine().AppendLine($"POST {address.Origin}{path}  ->  {(int)answer.StatusCode}");
        using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        if (!body.RootElement.TryGetProperty("entry", out var entries))
        {
            foreach (var issue in body.RootElement.GetProperty("issue").EnumerateArray())
                text.AppendLine($"  [not read] {issue.GetProperty("details").GetProperty("text").GetString()}");
            return;
        }
        var report = entries[0].GetProperty("resource");
        text.AppendLine($"  [{report.GetProperty("status").GetString()}] {report.GetProperty("code").GetProperty("coding")[0].GetProperty("display").GetString()}");
        foreach (string sentence in report.GetProperty("conclusion").GetString()!.Split(". "))
            text.Append("    ").AppendLine(sentence.EndsWith('.') ? sentence : sentence + ".");
        text.AppendLine($"    Open the report: {address.FhirBase}/DiagnosticReport/{report.GetProperty("id").GetString()}");
    }

    private static void Print(JsonElement card, StringBuilder text)
    {
        text.AppendLine($"  [{card.GetProperty("indicator").GetString()}] {card.GetProperty("summary").GetString()}");
        foreach (string line in card.GetProperty("detail").GetString()!.Split('\n'))
            text.Append("    ").AppendLine(line);
        if (card.TryGetProperty("links", out var links))
        {
            foreach (var link in links.EnumerateArray())
                text.AppendLine($"    {link.GetProperty("label").GetString()}: {link.GetProperty("url").GetString()}");
        }
    }
}
