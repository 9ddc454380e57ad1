using System.Diagnostics;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Models.Tests.Inference;

public sealed class ModelRunnerTests : IAsyncDisposable
{
    private static readonly DateTimeOffset s_start = new(2150, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ManualTime _time = new(s_start);
    private readonly GatedGraph _graph = GatedGraph.Lookup();
    private ModelRunner? _runner;

    public async ValueTask DisposeAsync()
    {
        _graph.OpenGate();
        if (_runner is not null)
            await _runner.DisposeAsync();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ModelRunner Runner(int capacity = 256, int maxRows = 256) =>
        _runner = new ModelRunner(_graph, "test", new InferenceOptions { QueueCapacity = capacity, MaxBatchRows = maxRows }, _time, NullLogger.Instance);

    private static InputRows Rows(int steps, params float[] values)
    {
        var rows = new InputRows(["x"], [[steps]], values.Length);
        for (int i = 0; i < values.Length; i++)
            rows.Row(0, i).Fill(values[i]);
        return rows;
    }

    private Task<RunResult> Ask(ModelRunner runner, InputRows rows, double seconds = 60, CancellationToken? cancel = null) =>
        runner.RunAsync(rows, s_start.AddSeconds(seconds), cancel ?? Stop).AsTask();

    /// <summary>A first request that holds the thread inside the runtime.</summary>
    private async Task<Task<RunResult>> Block(ModelRunner runner)
    {
        _graph.Shut();
        Task<RunResult> blocker = Ask(runner, Rows(1, 0));
        await _graph.Entered(Stop);
        return blocker;
    }

    [Fact]
    public async Task Rows_are_answered_in_their_order()
    {
        RunResult result = await Ask(Runner(), Rows(3, 2, 0, 1));
        Assert.Null(result.Error);
        Assert.Equal([302f, 100f, 201f], result.Outputs!["y"]);
    }

    [Fact, Trait("promise", "P-01")]
    public async Task Full_queue_refuses_at_once_and_those_that_wait_are_answered()
    {
        ModelRunner runner = Runner(capacity: 3);
        Task<RunResult> blocker = await Block(runner);
        Task<RunResult>[] waiting = [.. Enumerable.Range(0, 3).Select(i => Ask(runner, Rows(2, i)))];
        Assert.Equal(3, runner.Queued);
        ValueTask<RunResult> refused = runner.RunAsync(Rows(2, 1), s_start.AddSeconds(60), Stop);
        Assert.True(refused.IsCompleted);
        Assert.Equal(InferenceErrorKind.QueueFull, (await refused).Error);
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < 100; i++)
            Assert.Equal(InferenceErrorKind.QueueFull, (await Ask(runner, Rows(2, 1))).Error);
        Assert.True(Stopwatch.GetElapsedTime(begun).TotalMilliseconds / 100 < 5);
        _graph.OpenGate();
        Assert.Null((await blocker).Error);
        Assert.All(await Task.WhenAll(waiting), r => Assert.Null(r.Error));
        Assert.Equal(0, runner.Queued);
        Assert.Null((await Ask(runner, Rows(2, 1))).Error);
    }

    [Fact, Trait("promise", "P-02")]
    public async Task Request_whose_deadline_passes_in_the_queue_is_never_run()
    {
        ModelRunner runner = Runner();
        Task<RunResult> blocker = await Block(runner);
        Task<RunResult> late = Ask(runner, Rows(2, 1), seconds: 5);
        Task<RunResult> patient = Ask(runner, Rows(3, 1), seconds: 60);
        _time.Advance(TimeSpan.FromSeconds(5));
        _graph.OpenGate();
        Assert.Equal(InferenceErrorKind.DeadlinePassed, (await late).Error);
        Assert.Null((await patient).Error);
        await blocker;
        Assert.Equal(InferenceErrorKind.DeadlinePassed, (await Ask(runner, Rows(2, 1), seconds: 5)).Error);
        Assert.Equal([1, 1], _graph.Runs);
    }

    [Fact, Trait("promise", "P-03")]
    public async Task Cancelled_request_is_freed_at_once_and_never_run()
    {
        ModelRunner runner = Runner();
        Task<RunResult> blocker = await Block(runner);
        using var cancel = new CancellationTokenSource();
        Task<RunResult> gone = Ask(runner, Rows(2, 1), cancel: cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(InferenceErrorKind.Cancelled, (await gone).Error);
        Assert.False(blocker.IsCompleted);
        _graph.OpenGate();
        await blocker;
        Assert.Null((await Ask(runner, Rows(3, 1))).Error);
        Assert.Equal(InferenceErrorKind.Cancelled, (await Ask(runner, Rows(2, 1), cancel: cancel.Token)).Error);
        Assert.Equal([1, 1], _graph.Runs);
        Assert.Equal(0, runner.Queued);
    }

    [Fact, Trait("promise", "M-16")]
    public async Task Waiting_requests_of_equal_shape_run_together_up_to_the_row_limit()
    {
        ModelRunner runner = Runner(maxRows: 4);
        Task<RunResult> blocker = await Block(runner);
        Task<RunResult>[] waiting = [Ask(runner, Rows(2, 0, 1)), Ask(runner, Rows(3, 2)), Ask(runner, Rows(2, 2)), Ask(runner, Rows(2, 1, 1)), Ask(runner, Rows(2, 1)), Ask(runner, Rows(2, [0, 0, 0, 0, 0, 1]))];
        _graph.OpenGate();
        RunResult[] results = await Task.WhenAll(waiting);
        await blocker;
        // Blocker; 2 + 1 + 1 rows of two steps, past the three steps in between; the three steps; the 2 rows that did not fit; the request above the limit alone.
        Assert.Equal([1, 4, 1, 2, 6], _graph.Runs);
        float[][] expected = [[100, 201], [302], [302], [201, 201], [201], [100, 100, 100, 100, 100, 201]];
        Assert.Equal(expected, results.Select(r => r.Outputs!["y"]));
    }

    [Fact, Trait("promise", "P-11")]
    public async Task Poison_item_fails_alone()
    {
        ModelRunner runner = Runner();
        Task<RunResult> blocker = await Block(runner);
        Task<RunResult>[] waiting = [.. new float[] { 0, 1, 99, 2 }.Select(v => Ask(runner, Rows(2, v)))];
        _graph.OpenGate();
        RunResult[] results = await Task.WhenAll(waiting);
        await blocker;
        Assert.Equal([null, null, InferenceErrorKind.RuntimeFailure, null], results.Select(r => r.Error));
        Assert.Equal([100f, 201f, 302f], results.Where(r => r.Error is null).Select(r => r.Outputs!["y"][0]));
        Assert.Null((await Ask(runner, Rows(2, 1))).Error);
    }

    [Fact, Trait("promise", "P-12")]
    public async Task Thousand_interleaved_requests_equal_their_single_runs_bit_for_bit()
    {
        ModelManifest manifest = TestManifest.Create("HR", "K", "MechVent", "Temp");
        var affine = new AffineModel(manifest);
        (ModelSession? session, _) = ModelSession.Open(affine.ToOnnx(), manifest, new InferenceOptions());
        var graph = new GatedGraph(session!);
        var layout = new TensorLayout(manifest.Tensors);
        await using var runner = new ModelRunner(graph, "affine", new InferenceOptions { QueueCapacity = 2000 }, _time, NullLogger.Instance);
        InputRows Make(int patient)
        {
            var random = new Random(patient);
            InputRows rows = layout.Rent(random.Next(1, 5), random.Next(6, 12));
            for (int i = 0; i < rows.Names.Count; i++)
            {
                foreach (ref float cell in rows.Tensor(i))
                    cell = random.Next(100);
            }
            return rows;
        }

        var alone = new float[1000][];
        for (int i = 0; i < alone.Length; i++)
            alone[i] = (await Ask(runner, Make(i))).Outputs!["logit"];
        int single = graph.Runs.Count;
        int[] order = [.. Enumerable.Range(0, alone.Length)];
        new Random(12).Shuffle(order);
        graph.Shut();
        var together = new Task<RunResult>[alone.Length];
        await Parallel.ForEachAsync(order, Stop, (i, _) =>
        {
            together[i] = Ask(runner, Make(i));
            return ValueTask.CompletedTask;
        });
        graph.OpenGate();
        for (int i = 0; i < alone.Length; i++)
            Assert.Equal(alone[i].Select(BitConverter.SingleToInt32Bits), (await together[i]).Outputs!["logit"].Select(BitConverter.SingleToInt32Bits));
        Assert.InRange(graph.Runs.Count - single, 6, 60);
        Assert.True(alone.Select(a => a[0]).Distinct().Count() > 900);
    }

    [Fact, Trait("promise", "P-13")]
    public async Task Joined_and_single_runs_of_any_numbers_agree_within_1e6()
    {
        ModelManifest manifest = TestManifest.Create();
        var affine = new AffineModel(manifest);
        (ModelSession? session, _) = ModelSession.Open(affine.ToOnnx(), manifest, new InferenceOptions());
        using (session)
        {
            var random = new Random(4);
            using InputRows rows = new TensorLayout(manifest.Tensors).Rent(64, 24);
            for (int i = 0; i < rows.Names.Count; i++)
            {
                foreach (ref float cell in rows.Tensor(i))
                    cell = random.NextSingle() * 100;
            }
            float[] joined = session!.Run(rows.Names, [.. Enumerable.Range(0, 4).Select(rows.Memory)], rows.RowShapes, 64)[1];
            for (int r = 0; r < 64; r++)
            {
                Memory<float>[] row = [.. Enumerable.Range(0, 4).Select(i => rows.Memory(i).Slice(r * rows.RowLength(i), rows.RowLength(i)))];
                Assert.Equal(session.Run(rows.Names, row, rows.RowShapes, 1)[1][0], joined[r], 1e-6f);
            }
        }
    }

    [Fact, Trait("promise", "P-10")]
    public async Task Output_that_cannot_be_split_by_row_is_implausible()
    {
        byte[] model = new TinyOnnx().Input("x", "N", "T").Node("Concat", ["x", "x"], ["y"], TinyOnnx.IntAttribute("axis", 0)).Output("y", "M", "T").ToBytes();
        var graph = new GatedGraph(GatedGraph.Open(model, ManifestTensor.Float32("x", "values", "N", "T"), ManifestTensor.Float32("y", "logit", "N", "T")));
        await using var runner = new ModelRunner(graph, "wide", new InferenceOptions(), _time, NullLogger.Instance);
        Assert.Equal(InferenceErrorKind.ImplausibleOutput, (await Ask(runner, Rows(2, 1, 2))).Error);
    }

    [Fact, Trait("promise", "P-05")]
    public async Task Disposed_runner_answers_what_waits_and_then_refuses()
    {
        ModelRunner runner = Runner();
        Task<RunResult> blocker = await Block(runner);
        Task<RunResult>[] waiting = [.. Enumerable.Range(0, 20).Select(i => Ask(runner, Rows(1 + i % 3, i % 3)))];
        Task disposed = runner.DisposeAsync().AsTask();
        Assert.Equal(InferenceErrorKind.ModelUnavailable, (await Ask(runner, Rows(2, 1))).Error);
        Assert.False(disposed.IsCompleted);
        _graph.OpenGate();
        await disposed;
        Assert.Null((await blocker).Error);
        Assert.All(await Task.WhenAll(waiting), r => Assert.Null(r.Error));
        Assert.True(_graph.Disposed);
        await runner.DisposeAsync();
    }

    [Fact]
    public async Task Answers_do_not_continue_on_the_models_thread()
    {
        ModelRunner runner = Runner();
        string? thread = "";
        await Ask(runner, Rows(1, 1)).ContinueWith(_ => thread = Thread.CurrentThread.Name, Stop, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Assert.NotEqual("model test", thread);
    }
}
