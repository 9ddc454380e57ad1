using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Tests.Timelines;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Predictions;

public sealed class SequenceModelTests
{
    private static readonly ModelManifest s_manifest = TestManifest.Create();

    private static ModelManifest WithMembers(int members) => s_manifest with
    {
        Tensors = s_manifest.Tensors with { Outputs = [.. s_manifest.Tensors.Outputs, ManifestTensor.Float32("members", "members", "N", members.ToString())] },
    };

    private static void Members(TinyOnnx onnx, params float[] shifts)
    {
        AffineModel.LogitAndProbability(onnx);
        onnx.Constant("shifts", shifts, 1, shifts.Length).Node("Unsqueeze", ["z"], ["zc"], TinyOnnx.IntsAttribute("axes", 1))
            .Node("Add", ["zc", "shifts"], ["members"]).Output("members", "N", shifts.Length);
    }

    /// <summary>Logit on paper of a stay as the encoder sees it.</summary>
    private static double Paper(TinyModel tiny, PatientTimeline timeline)
    {
        using PreparedInput input = tiny.Model.Prepare(timeline);
        EncodedGrid grid = input.Grid!;
        return tiny.Affine.Logit(grid.Values, grid.Observed, grid.HoursSince, grid.Statics);
    }

    [Theory, Trait("promise", "M-17")]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(30)]
    [InlineData(48)]
    public async Task Estimate_is_the_calibrated_answer_on_paper(double hours)
    {
        await using var tiny = new TinyModel(s_manifest);
        PatientTimeline timeline = tiny.Stay(hours).Build();
        double expected = new LogitCalibration(s_manifest.Calibration).Risk(Paper(tiny, timeline), hours);
        Prediction prediction = Assert.IsType<Prediction>(await tiny.PredictAsync(tiny.Stay(hours)));
        Estimate estimate = Assert.Single(prediction.Estimates);
        Assert.Equal(expected, estimate.Value.Value, 1e-6);
        Assert.Equal(s_manifest.Bands.Last(b => b.From <= expected).Code, estimate.Band!.Code);
        Assert.Equal(s_manifest.Thresholds.LastOrDefault(t => t.Value <= expected)?.Id, estimate.Threshold?.Id);
        Assert.Null(estimate.Interval);
        Assert.Equal((s_manifest.Outcome.Text, "encounter"), (estimate.OutcomeText, estimate.Horizon));
        Assert.Equal((Stay.TimeZero, Stay.TimeZero.AddHours(hours)), (prediction.TimeZero, prediction.AsOf));
        Assert.Equal(tiny.Model.Identity, prediction.Model);
    }

    [Fact, Trait("promise", "M-18")]
    public async Task Contributions_of_an_affine_model_equal_the_answer_on_paper()
    {
        const double Hours = 9;
        await using var tiny = new TinyModel(s_manifest);
        Stay Make() => tiny.Stay(Hours).Add("29463-7", 101, "kg", 1);
        Stay stay = Make();
        stay.Builder.AddState(tiny.Model.Variables.Find("MechVent")!, Stay.TimeZero.AddHours(2), Stay.TimeZero.AddHours(4), new SourceReference("Procedure/1"));
        PatientTimeline timeline = stay.Build();
        using PreparedInput input = tiny.Model.Prepare(timeline);
        EncodedGrid grid = input.Grid!;
        double slope = new LogitCalibration(s_manifest.Calibration).At(Hours).Slope;
        var outcome = Assert.IsType<Prediction>(await tiny.Model.PredictAsync(input, TinyModel.Later, TestContext.Current.CancellationToken));
        var contributions = outcome.Explanation.Contributions.ToDictionary(c => c.Id);

        int series = tiny.Model.Variables.SeriesCount;
        foreach (string id in new[] { "HR", "K", "Temp", "MechVent" })
        {
            ModelVariable v = tiny.Model.Variables.Find(id)!;
            double expected = 0;
            for (int t = 0; t < grid.Steps; t++)
            {
                int cell = t * series + v.SeriesIndex;
                expected += tiny.Affine.ValueWeight(v.SeriesIndex) * (grid.Values[cell] - (v.IsState ? 0 : v.Manifest.Baseline));
                // A state is taken away as a whole; a measurement only loses its value.
                if (v.IsState)
                {
                    expected += tiny.Affine.ObservedWeight(v.SeriesIndex) * grid.Observed[cell]
                        + tiny.Affine.HoursSinceWeight(v.SeriesIndex) * (grid.HoursSince[cell] - (t + 1));
                }
            }
            Assert.Equal(slope * expected, contributions[id].LogOdds, 1e-5);
        }
        double weight = 0;
        for (int i = 0; i < grid.Statics.Length; i++)
        {
            ManifestStatic s = s_manifest.AsSequence().Encoder.Statics[i];
            if (s.Group == "weight")
                weight += tiny.Affine.StaticWeight(i) * (grid.Statics[i] - s.Baseline);
        }
        Assert.Equal(slope * weight, contributions["weight"].LogOdds, 1e-5);
        double missing = 0;
        foreach (ModelVariable v in tiny.Model.Variables.Variables.Take(series))
        {
            // In the last bin "never" turns into "just now, at its baseline".
            if (v.Id is not ("HR" or "K" or "Temp" or "MechVent"))
                missing += -tiny.Affine.ObservedWeight(v.SeriesIndex) + tiny.Affine.HoursSinceWeight(v.SeriesIndex) * grid.Steps;
        }
        Assert.Equal(slope * missing, contributions["missingness"].LogOdds, 1e-5);

        Assert.Equal(outcome.Explanation.Contributions.Select(c => Math.Abs(c.LogOdds)).OrderDescending(), outcome.Explanation.Contributions.Select(c => Math.Abs(c.LogOdds)));
        Assert.Equal(
            (ContributionKind.Measurement, ContributionKind.Treatment, ContributionKind.Demographic, ContributionKind.Missingness),
            (contributions["HR"].Kind, contributions["MechVent"].Kind, contributions["weight"].Kind, contributions["missingness"].Kind));
        Assert.Equal(new ContributionValue(110, "/min", Stay.TimeZero.AddHours(8.5)), contributions["HR"].Newest);
        Assert.Equal(["Observation/1", "Observation/2"], contributions["HR"].Sources.Select(s => s.Reference));
        Assert.Equal(["Procedure/1"], contributions["MechVent"].Sources.Select(s => s.Reference));
        Assert.Null(contributions["MechVent"].Newest);
        Assert.Equal(101, contributions["weight"].Newest!.Value);
        Assert.Equal(["Encounter/1"], contributions["icu-type"].Sources.Select(s => s.Reference));
        Assert.Empty(contributions["missingness"].Sources);
        Assert.Equal("occlusion", outcome.Explanation.Method);
    }

    [Fact, Trait("promise", "M-19")]
    public async Task Interval_is_how_far_the_members_disagree_in_calibrated_logits()
    {
        const double Hours = 30;
        await using var tiny = new TinyModel(WithMembers(3), o => Members(o, -0.5f, 0, 0.5f));
        double logit = Paper(tiny, tiny.Stay(Hours).Build());
        (double slope, double intercept) = new LogitCalibration(s_manifest.Calibration).At(Hours);
        double mean = slope * logit + intercept;
        Prediction prediction = Assert.IsType<Prediction>(await tiny.PredictAsync(tiny.Stay(Hours)));
        (Probability low, Probability high) = prediction.Estimates[0].Interval!.Value;
        Assert.Equal(LogitCalibration.Sigmoid(mean - 1.96 * 0.5 * slope), low.Value, 1e-6);
        Assert.Equal(LogitCalibration.Sigmoid(mean + 1.96 * 0.5 * slope), high.Value, 1e-6);
    }

    [Fact, Trait("promise", "M-19")]
    public async Task Interval_always_holds_the_estimate()
    {
        await using var tiny = new TinyModel(WithMembers(2), o => Members(o, 3, 3));
        Estimate estimate = Assert.IsType<Prediction>(await tiny.PredictAsync(tiny.Stay())).Estimates[0];
        Assert.Equal(estimate.Value, estimate.Interval!.Value.Low);
        Assert.True(estimate.Interval.Value.High.Value > estimate.Value.Value);
    }

    public static TheoryData<string> BrokenGraphs() => ["nan", "infinity", "probability above 1", "probability below 0", "probability nan", "wrong shape", "nan in one row of the explanation", "members nan"];

    private static void Break(string how, TinyOnnx onnx)
    {
        switch (how)
        {
            case "nan":
                onnx.Constant("k", [float.NaN], 1).Node("Mul", ["z", "k"], ["logit"]).Node("Sigmoid", ["z"], ["probability"]);
                break;
            case "infinity":
                onnx.Constant("k", [float.PositiveInfinity], 1).Node("Add", ["z", "k"], ["logit"]).Node("Sigmoid", ["z"], ["probability"]);
                break;
            case "probability above 1":
                onnx.Constant("k", [1.5f], 1).Node("Identity", ["z"], ["logit"]).Node("Sigmoid", ["z"], ["p"]).Node("Add", ["p", "k"], ["probability"]);
                break;
            case "probability below 0":
                onnx.Constant("k", [-1f], 1).Node("Identity", ["z"], ["logit"]).Node("Sigmoid", ["z"], ["p"]).Node("Add", ["p", "k"], ["probability"]);
                break;
            case "probability nan":
                onnx.Constant("k", [float.NaN], 1).Node("Identity", ["z"], ["logit"]).Node("Mul", ["z", "k"], ["probability"]);
                break;
            case "wrong shape":
                onnx.Node("Concat", ["z", "z"], ["logit"], TinyOnnx.IntAttribute("axis", 0)).Node("Sigmoid", ["z"], ["probability"]);
                break;
            case "nan in one row of the explanation":
                // The whole batch's sum minus its maximum of z: only the row with the largest z becomes log(0 - something small).
                onnx.Node("ReduceMax", ["z"], ["top"], TinyOnnx.IntAttribute("keepdims", 1)).Node("Sub", ["z", "top"], ["below"])
                    .Constant("tiny", [-1e-30f], 1).Node("Sub", ["tiny", "below"], ["root"]).Node("Sqrt", ["root"], ["logit"]).Node("Sigmoid", ["z"], ["probability"]);
                break;
            case "members nan":
                onnx.Constant("k", [float.NaN, 0], 1, 2).Node("Identity", ["z"], ["logit"]).Node("Sigmoid", ["z"], ["probability"])
                    .Node("Unsqueeze", ["z"], ["zc"], TinyOnnx.IntsAttribute("axes", 1)).Node("Add", ["zc", "k"], ["members"]).Output("members", "N", 2);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(how));
        }
        onnx.Output("logit", how == "wrong shape" ? "M" : "N").Output("probability", "N");
    }

    [Theory, Trait("promise", "P-10")]
    [MemberData(nameof(BrokenGraphs))]
    public async Task Output_that_cannot_be_true_is_an_error_and_no_estimate(string how)
    {
        await using var tiny = new TinyModel(how == "members nan" ? WithMembers(2) : s_manifest, o => Break(how, o));
        Assert.Equal(new InferenceError(InferenceErrorKind.ImplausibleOutput), await tiny.PredictAsync(tiny.Stay()));
    }

    [Fact, Trait("promise", "P-02")]
    public async Task Passed_deadline_and_cancellation_are_errors_of_ours()
    {
        await using var tiny = new TinyModel(s_manifest);
        using PreparedInput input = tiny.Model.Prepare(tiny.Stay().Build());
        Assert.Equal(new InferenceError(InferenceErrorKind.DeadlinePassed), await tiny.Model.PredictAsync(input, DateTimeOffset.MinValue, TestContext.Current.CancellationToken));
        Assert.Equal(new InferenceError(InferenceErrorKind.Cancelled), await tiny.Model.PredictAsync(input, TinyModel.Later, new CancellationToken(true)));
    }

    [Fact]
    public async Task Abstention_is_the_outcome_of_a_prediction_that_must_not_be_made()
    {
        await using var tiny = new TinyModel(s_manifest);
        Assert.IsType<Abstention>(await tiny.PredictAsync(tiny.Empty()));
    }

    [Fact, Trait("promise", "M-20")]
    public async Task Input_hash_depends_on_every_input_and_not_on_its_order()
    {
        await using var tiny = new TinyModel(s_manifest);
        string Hash(Stay stay)
        {
            using PreparedInput input = tiny.Model.Prepare(stay.Build());
            return input.InputHash;
        }

        string hash = Hash(tiny.Stay());
        Assert.Matches("^[0-9a-f]{64}$", hash);
        Assert.Equal(hash, Hash(tiny.Stay()));
        Assert.Equal(hash, Hash(tiny.Empty().Add("8310-5", 38.2, "Cel", 10.5).Add("2823-3", 4.5, "mmol/L", 7).Add("8867-4", 110, "/min", 11.5).Add("8867-4", 92, "/min", 9.5)));
        Assert.NotEqual(hash, Hash(tiny.Stay().Add("29463-7", 101, "kg", 1)));
        Assert.NotEqual(hash, Hash(tiny.Stay().Add("8867-4", 93, "/min", 3)));
        Assert.NotEqual(hash, Hash(tiny.Stay(13)));
        Stay man = tiny.Stay();
        man.Builder.Patient = man.Builder.Patient with { Sex = Sex.Male };
        Assert.NotEqual(hash, Hash(man));
        Prediction prediction = Assert.IsType<Prediction>(await tiny.PredictAsync(tiny.Stay()));
        Assert.Equal(hash, prediction.InputHash);
    }
}
