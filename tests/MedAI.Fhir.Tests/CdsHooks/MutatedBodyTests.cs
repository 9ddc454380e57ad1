using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>Hook bodies that are broken in thousands of ways, over real Kestrel on loopback. MEDAI_FUZZ in the environment says how many; CI sends 100,000.</summary>
[Collection(nameof(MutatedBodyTests))]
public sealed class MutatedBodyTests
{
    private const string Default = "3000";

    private static readonly string[] Pieces =
    [
        "null", "true", "[]", "{}", "\"\"", "0", "-1", "1e400", "\"\\u0000\"", "\"\\ud800\"", "\"../../etc\"", "\"Patient/1\"", "[[[[[[]]]]]]", "{\"a\":1,\"a\":2}", "\"<script>\"",
        "{\"resourceType\":\"Bundle\"}", "{\"resourceType\":\"Patient\",\"id\":7}", "{\"resourceType\":\"OperationOutcome\",\"issue\":5}", "99999999999999999999", "\"2026-13-45\"",
    ];

    private static readonly Gen<Change> Changes = Gen.Select(Gen.Int[0, 5], Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue], (kind, place, what) => new Change(kind, place, what));

    private sealed record Change(int Kind, int Place, int What);

    [Fact, Trait("promise", "S-38")]
    public async Task Mutated_bodies_are_answered_with_2xx_or_4xx_and_nothing_grows()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("MEDAI_FUZZ") ?? Default, CultureInfo.InvariantCulture);
        var errors = new HeardLog(LogLevel.Error);
        var unobserved = new ConcurrentQueue<string>();
        void Remember(object? sender, UnobservedTaskExceptionEventArgs unseen) => unobserved.Enqueue(unseen.Exception.GetBaseException().GetType().Name);
        // What other tests left behind is theirs.
        Settled();
        TaskScheduler.UnobservedTaskException += Remember;
        await using var server = await MedAIServer.StartAsync(null, ["--demo"], builder => builder.Services.AddSingleton<ILoggerProvider>(errors));
        string small = Call.PatientView("demo-deteriorating").ToJsonString();
        string withData = Thin(Call.WithPrefetch("https://ehr.example.org/r4")).ToJsonString();
        var statuses = new ConcurrentDictionary<int, int>();

        Send(Math.Min(count / 10, 2_000));
        long before = Settled();
        Send(count);
        long after = Settled();
        TaskScheduler.UnobservedTaskException -= Remember;

        Assert.Equal(count + Math.Min(count / 10, 2_000), statuses.Values.Sum());
        Assert.All(statuses.Keys, status => Assert.True(status is >= 200 and < 300 or >= 400 and < 500, $"{status} came {statuses[status]} times"));
        Assert.Contains(200, statuses.Keys);
        Assert.Contains(400, statuses.Keys);
        Assert.Empty(errors.Lines);
        Assert.Empty(unobserved);
        Assert.InRange(after - before, long.MinValue, 100_000_000);
        (await server.HookAsync(Call.PatientView("demo-deteriorating"))).AssertOk();

        void Send(int bodies) => Gen.Select(Gen.Bool, Changes.Array[1, 3]).Sample((rich, changes) =>
        {
            byte[] body = Mutate(rich ? withData : small, changes);
            using var request = new HttpRequestMessage(HttpMethod.Post, Call.Hook) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = server.Client.Send(request);
            int status = (int)answer.StatusCode;
            statuses.AddOrUpdate(status, 1, (_, n) => n + 1);
            return status is >= 200 and < 300 or >= 400 and < 500;
        }, iter: bodies, threads: 4);
    }

    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>A few entries of each key are as good for breaking as hundreds.</summary>
    private static JsonObject Thin(JsonObject request)
    {
        foreach (var value in request["prefetch"]!.AsObject().Select(p => p.Value).OfType<JsonObject>())
        {
            value.Remove("total");
            if (value["entry"] is JsonArray entries)
            {
                while (entries.Count > 3)
                    entries.RemoveAt(3);
            }
        }
        return request;
    }

    private static byte[] Mutate(string text, Change[] changes)
    {
        foreach (var change in changes)
            text = Mutate(text, change);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (changes[0].Kind == 5 && bytes.Length > 0)
            bytes[changes[0].Place % bytes.Length] ^= (byte)(1 << (changes[0].What % 8));
        return bytes;
    }

    private static string Mutate(string text, Change change)
    {
        if (text.Length < 2)
            return text;
        int place = change.Place % text.Length;
        switch (change.Kind)
        {
            case 0:
                // Another value behind a colon.
                int colon = text.IndexOf(':', place);
                int end = colon < 0 ? -1 : text.AsSpan(colon + 1).IndexOfAny(",}") is >= 0 and var step ? colon + 1 + step : -1;
                return end < 0 ? text : string.Concat(text.AsSpan(0, colon + 1), Pieces[change.What % Pieces.Length], text.AsSpan(end));
            case 1:
                return text[..place];
            case 2:
                int length = Math.Min(change.What % 40, text.Length - place);
                return text.Remove(place, length);
            case 3:
                return text.Insert(place, Pieces[change.What % Pieces.Length]);
            case 4:
                int copied = Math.Min(change.What % 200, text.Length - place);
                return text.Insert(place, text.Substring(place, copied));
            default:
                return text;
        }
    }
}

/// <summary>Runs alone: memory and unobserved exceptions are the whole process's.</summary>
[CollectionDefinition(nameof(MutatedBodyTests), DisableParallelization = true)]
public sealed class MutatedBodyTestsAlone;
