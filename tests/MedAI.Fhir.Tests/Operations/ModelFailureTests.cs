using System.Net;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Operations;

/// <summary>What callers see when the model, not the patient, is the problem.</summary>
public sealed class ModelFailureTests
{
    /// <summary>A package that reproduces its golden vectors and warms up, and gives nonsense as soon as a height is known.</summary>
    [Theory, Trait("promise", "P-10")]
    [InlineData("NaN")]
    [InlineData("2.0")]
    [InlineData("Infinity")]
    public async Task Nonsense_of_a_loaded_model_is_500_and_nothing_is_stored(string nonsense)
    {
        using var package = Poisoned(nonsense);
        await using var server = await MedAIServer.StartAsync("--demo", "--models", package.Root);
        var operation = await server.PostTextAsync("/fhir/Patient/demo-deteriorating/$assess-risk", "", "");
        operation.AssertFailure(HttpStatusCode.InternalServerError, "implausible-output");
        Assert.DoesNotContain("RiskAssessment", operation.Text, StringComparison.Ordinal);
        var hook = await server.PostTextAsync("/cds-services/test-mortality", Call.PatientView("demo-deteriorating").ToJsonString());
        hook.AssertFailure(HttpStatusCode.InternalServerError, "implausible-output", hook: true);
        Assert.Equal(0, await server.ResultsAsync());
        foreach (var answer in new[] { operation, hook })
        {
            var row = Assert.Single(await server.AuditAsync(answer));
            Assert.Equal(("error", 500), (row.Outcome, row.Status));
        }
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health/live")).Status);
        Assert.Empty((await server.PostTextAsync("/cds-services/test-mortality", Call.PatientView("demo-child").ToJsonString())).AssertOk().Cards);
    }

    [Theory, Trait("promise", "M-99"), Trait("promise", "P-16")]
    [InlineData(InferenceErrorKind.QueueFull, HttpStatusCode.ServiceUnavailable, "queue-full", true)]
    [InlineData(InferenceErrorKind.ModelUnavailable, HttpStatusCode.ServiceUnavailable, "model-unavailable", true)]
    [InlineData(InferenceErrorKind.DeadlinePassed, HttpStatusCode.GatewayTimeout, "deadline-passed", false)]
    [InlineData(InferenceErrorKind.RuntimeFailure, HttpStatusCode.InternalServerError, "internal", false)]
    [InlineData(InferenceErrorKind.Cancelled, HttpStatusCode.ServiceUnavailable, "not-ready", true)]
    public async Task Error_of_ours_is_never_an_empty_list_of_cards(InferenceErrorKind kind, HttpStatusCode status, string code, bool retry)
    {
        await using var server = await MedAIServer.StartAsync(null, ["--demo"], builder => StubbornCatalog.Use(builder, () => new InferenceError(kind)));
        var operation = await server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "");
        operation.AssertFailure(status, code);
        var hook = await server.HookAsync(Call.PatientView("demo-stable"));
        hook.AssertFailure(status, code, hook: true);
        Assert.Equal(retry, hook.Response.Headers.RetryAfter is not null);
        var row = Assert.Single(await server.AuditAsync(hook));
        Assert.Equal(("error", (int)status, "demo-stable", "2.0.0"), (row.Outcome, row.Status, row.Patient?.Id, row.ModelVersion));
        Assert.Equal(0, await server.ResultsAsync());
    }

    [Fact, Trait("promise", "M-99")]
    public async Task Exception_of_ours_is_500_without_its_message()
    {
        await using var server = await MedAIServer.StartAsync(null, ["--demo"],
            builder => StubbornCatalog.Use(builder, () => throw new InvalidOperationException("secret-of-the-exception")));
        foreach (var answer in new[] { await server.HookAsync(Call.PatientView("demo-stable")), await server.HookAsync(Call.PatientView("demo-stable")) })
        {
            answer.AssertFailure(HttpStatusCode.InternalServerError, "internal", hook: true);
            Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal(0, await server.ResultsAsync());
    }

    private static TinyPackage Poisoned(string nonsense)
    {
        var manifest = TestManifest.Create();
        var affine = new AffineModel(manifest);
        int statics = manifest.AsSequence().Encoder.Statics.Count;
        // Neither the golden vectors below nor the warm-up's empty stay know a height.
        float[] pick = [.. manifest.AsSequence().Encoder.Statics.Select(s => s.Feature == "height-observed" ? 1f : 0f)];
        var onnx = affine.ToOnnx(graph =>
        {
            graph.Constant("pick", pick, statics, 1).Constant("zero", [0], 1).Constant("huge", [1e38f], 1)
                .Node("Gemm", ["statics", "pick", "zero"], ["height_column"])
                .Node("Squeeze", ["height_column"], ["known"], TinyOnnx.IntsAttribute("axes", 1))
                .Node("Identity", ["z"], ["logit"])
                .Node("Sigmoid", ["z"], ["sound"]);
            if (nonsense == "NaN")
                graph.Node("Neg", ["known"], ["negative"]).Node("Sqrt", ["negative"], ["poison"]);
            else if (nonsense == "Infinity")
                graph.Node("Mul", ["known", "huge"], ["large"]).Node("Mul", ["large", "huge"], ["poison"]);
            else
                graph.Node("Identity", ["known"], ["poison"]);
            graph.Node("Add", ["sound", "poison"], ["probability"]).Output("logit", "N").Output("probability", "N");
        });
        var golden = affine.Golden();
        int series = manifest.Variables.Count(v => v.Use == "series");
        var heightless = golden with
        {
            Cases = [.. golden.Cases.Select(c =>
            {
                var none = new float[c.Inputs["statics"].Length];
                int cells = c.Steps!.Value * series;
                float[] logits = [.. Enumerable.Range(0, c.Rows).Select(r => (float)affine.Logit(c.Inputs["values"].AsSpan(r * cells, cells),
                    c.Inputs["observed"].AsSpan(r * cells, cells), c.Inputs["hours_since"].AsSpan(r * cells, cells), none.AsSpan(r * statics, statics)))];
                return c with
                {
                    Inputs = new Dictionary<string, float[]>(c.Inputs) { ["statics"] = none },
                    Outputs = new Dictionary<string, float[]> { ["logit"] = logits, ["probability"] = [.. logits.Select(l => (float)(1 / (1 + Math.Exp(-l))))] },
                };
            })],
        };
        return new TinyPackage(manifest, onnx, heightless);
    }
}
