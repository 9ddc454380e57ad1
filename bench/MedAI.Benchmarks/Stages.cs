using System.Diagnostics;
using MedAI.Fhir.Access;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using MedAI.Samples.Stays;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Benchmarks;

/// <summary>The steps of a call one after another: the server's own parts, without HTTP.</summary>
internal static class Stages
{
    private static readonly string[] Names =
        ["parse strictly", "read FHIR to a timeline", "check, encode, hash", "look for a stored result", "predict and explain (with the queue)", "write the RiskAssessment",
            "write Provenance", "compose and write the detail", "commit to disk"];

    /// <returns>Median milliseconds and mean bytes per stage; bytes are this thread's only.</returns>
    public static IReadOnlyList<(string Stage, double Milliseconds, double Bytes)> Measure(BenchServer server, FullStayHooks hooks, int first, int count)
    {
        var times = new double[Names.Length][];
        double[] bytes = new double[Names.Length];
        for (int i = 0; i < times.Length; i++)
            times[i] = new double[count];
        for (int i = -20; i < count; i++)
            One(server, hooks, first + 20 + i, (stage, milliseconds, allocated) =>
            {
                if (i < 0)
                    return;
                times[stage][i] = milliseconds;
                bytes[stage] += allocated;
            });
        return [.. Names.Select((name, i) => (name, new Quantiles(times[i]).Median, bytes[i] / count))];
    }

    private static void One(BenchServer server, FullStayHooks hooks, int number, Action<int, double, double> report)
    {
        var model = server.Model;
        var store = server.Services.GetRequiredService<IResourceStore>();
        byte[] body = hooks.Body(number);
        string patient = hooks.PatientOf(number);
        int stage = 0;

        var parsed = Timed(() => StrictJson.TryParse(body, out var document, out _) ? document : throw new InvalidDataException("Not strict JSON."));
        using (parsed)
        {
            var request = HookRequest.Read(parsed.RootElement);
            var reading = Floor.Reading(parsed.RootElement, patient);
            var read = Timed(() => model.Reader.Read(reading));
            var timeline = read.Timeline!;
            using var input = Timed(() => model.Model.Prepare(timeline));
            string key = input.InputHash + number;
            Timed(() => store.FindResultAsync(key, CancellationToken.None).AsTask().GetAwaiter().GetResult());
            var prediction = (Prediction)Timed(() => model.Model.PredictAsync(input, DateTimeOffset.MaxValue, CancellationToken.None).GetAwaiter().GetResult());
            var context = new ResultContext
            {
                PublicBase = "http://127.0.0.1:5080/fhir",
                Patient = new PatientKey("default", FullStayHooks.FhirBase, patient),
                SubjectReference = $"{FullStayHooks.FhirBase}/Patient/{patient}",
                EncounterReference = read.EncounterReference,
                Created = SampleStays.AsOf,
                RiskAssessmentId = Guid.NewGuid().ToString(),
                ProvenanceId = Guid.NewGuid().ToString(),
                Trigger = "cds-hooks:" + request.Hook,
                IdempotencyKey = key,
            };
            var written = Timed(() => RiskAssessmentWriter.Write(prediction, model.Manifest, timeline, context));
            byte[] provenance = Timed(() => ProvenanceWriter.Write(prediction, model.Manifest, context));
            byte[] detail = Timed(() => ResultDetailWriter.Write(prediction, model.Manifest, timeline, context));
            var transaction = new StoreTransaction
            {
                Resources =
                [
                    new ResourceWrite("RiskAssessment", context.RiskAssessmentId, written.Json, context.Created, null),
                    new ResourceWrite("Provenance", context.ProvenanceId, provenance, context.Created, null),
                ],
                Outcome = new OutcomeWrite
                {
                    OutcomeId = context.RiskAssessmentId,
                    Kind = "prediction",
                    Patient = context.Patient,
                    ModelId = prediction.Model.Id,
                    ModelVersion = prediction.Model.Version,
                    ModelHash = prediction.Model.Hash,
                    AsOf = prediction.AsOf,
                    IdempotencyKey = key,
                    ResultId = context.RiskAssessmentId,
                    Detail = detail,
                },
            };
            Timed(() => store.CommitAsync(transaction, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        }

        T Timed<T>(Func<T> work)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            T result = work();
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            report(stage++, milliseconds, GC.GetAllocatedBytesForCurrentThread() - allocated);
            return result;
        }
    }
}
