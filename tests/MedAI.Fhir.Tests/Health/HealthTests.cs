using System.Net;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedAI.Fhir.Tests.Health;

public sealed class HealthTests
{
    [Fact, Trait("promise", "P-08")]
    public async Task Live_but_not_ready_before_warm_up_ended()
    {
        using var gate = new ManualResetEventSlim();
        await using var server = await MedAIServer.StartAsync(null, [], builder =>
        {
            // Warm-up asks for the time before it writes the devices: there it waits.
            builder.Services.AddSingleton<TimeProvider>(new GatedClock(gate));
        }, wait: false);
        try
        {
            var ready = await server.GetAsync("/health/ready");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
            Assert.Equal("not-ready", ready.Json.GetProperty("status").GetString());
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health/live")).Status);
        }
        finally
        {
            gate.Set();
        }
        for (int i = 0; i < 400 && (await server.GetAsync("/health/ready")).Status != HttpStatusCode.OK; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        var answer = (await server.GetAsync("/health/ready")).AssertOk();
        Assert.Contains("icu-mortality", answer.Json.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
    }

    [Fact, Trait("promise", "P-07")]
    public async Task Never_ready_with_a_refused_package()
    {
        using var package = new TinyPackage();
        using var broken = new TinyPackage(TestManifest.Create() with { Id = "broken-model" }, root: package.Root);
        await File.AppendAllTextAsync(broken.File("model.onnx"), "x", TestContext.Current.CancellationToken);
        await using var server = await MedAIServer.StartAsync(null, ["--models", package.Root], wait: false);
        Answer ready;
        do
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            ready = await server.GetAsync("/health/ready");
        }
        while (!ready.Json.GetProperty("warm").GetBoolean());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal("broken-model/1.0.0", Assert.Single(ready.Json.GetProperty("refused").EnumerateArray()).GetProperty("package").GetString());
        Assert.DoesNotContain(package.Root, ready.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health/live")).Status);
        // The refused model is not offered.
        Assert.Equal("test-mortality", Assert.Single((await server.GetAsync("/cds-services")).Json.GetProperty("services").EnumerateArray()).GetProperty("id").GetString());
    }

    [Theory, Trait("promise", "P-17")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_its_store_the_server_answers_nothing_about_patients(bool reads)
    {
        await using var server = await MedAIServer.StartAsync(null, ["--demo"], builder => builder.Services.Replace(
            ServiceDescriptor.Singleton<IResourceStore>(provider => new SwitchedStore(provider.GetRequiredService<SqliteResourceStore>()))));
        var card = (await server.HookAsync(Call.PatientView("demo-deteriorating"))).AssertOk().Card;
        var store = (SwitchedStore)server.App.Services.GetRequiredService<IResourceStore>();
        (store.Writes, store.Reads) = (false, reads);
        foreach (string patient in (string[])["demo-deteriorating", "demo-child", "demo-sparse"])
        {
            (await server.HookAsync(Call.PatientView(patient))).AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable", hook: true);
            (await server.PostTextAsync($"/fhir/Patient/{patient}/$assess-risk", "", "")).AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
        }
        (await server.AssessAsync(Call.Parameters("demo-stable", persist: false))).AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
        var page = await server.GetAsync(card.GetProperty("links")[0].GetProperty("url").GetString()!, "text/html");
        page.AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
        Assert.NotNull(page.Response.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health/live")).Status);
        (store.Writes, store.Reads) = (true, true);
        (await server.HookAsync(Call.PatientView("demo-deteriorating"))).AssertOk();
    }

    /// <summary>Lets nobody but requests know the time until its gate opens.</summary>
    private sealed class GatedClock(ManualResetEventSlim gate) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            if (new System.Diagnostics.StackTrace(false).ToString().Contains("WarmUp", StringComparison.Ordinal))
                gate.Wait(TimeSpan.FromSeconds(20));
            return System.GetUtcNow();
        }
    }
}
