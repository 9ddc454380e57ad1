using System.Buffers;
using System.Threading.Channels;
using MedAI.Models.Predictions;
using Microsoft.Extensions.Logging;

namespace MedAI.Models.Inference;

/// <summary>Runs one model on a thread of its own: requests wait in a bounded queue and those of equal shape run together.</summary>
/// <remarks>
/// The oldest request always goes next and takes others of its shape along, up to the row limit. When a joined run fails, its requests run one by
/// one, so that only the one at fault fails. Disposing refuses new requests, runs the waiting ones, and then ends the thread and the session.
/// </remarks>
public sealed partial class ModelRunner : IModelRunner
{
    private readonly IModelGraph _graph;
    private readonly string _model;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _capacity;
    private readonly int _maxRows;
    private readonly Channel<Request> _queue;
    private readonly LinkedList<Request> _waiting = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _queued;

    /// <param name="graph">Owned by the runner.</param>
    /// <param name="model">Id and version for logs.</param>
    internal ModelRunner(IModelGraph graph, string model, InferenceOptions options, TimeProvider time, ILogger logger)
    {
        _graph = graph;
        _model = model;
        _time = time;
        _logger = logger;
        _capacity = options.QueueCapacity;
        _maxRows = options.MaxBatchRows;
        _queue = Channel.CreateBounded<Request>(new BoundedChannelOptions(_capacity)
        {
            SingleReader = true,
            // The only continuation is the wake-up of our own blocked thread; it must not wait for a free pool thread.
            AllowSynchronousContinuations = true,
        });
        new Thread(Loop) { IsBackground = true, Name = $"model {model}" }.Start();
    }

    /// <summary>Requests that wait and do not run yet.</summary>
    public int Queued => Volatile.Read(ref _queued);

    public ValueTask<RunResult> RunAsync(InputRows rows, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (cancellationToken.IsCancellationRequested)
            return Refuse(rows, InferenceErrorKind.Cancelled);
        if (_time.GetUtcNow() >= deadline)
            return Refuse(rows, InferenceErrorKind.DeadlinePassed);
        if (Interlocked.Increment(ref _queued) > _capacity)
        {
            Interlocked.Decrement(ref _queued);
            return Refuse(rows, InferenceErrorKind.QueueFull);
        }
        var request = new Request(rows, deadline);
        Task<RunResult> result = request.Result;
        request.WatchFor(cancellationToken);
        if (!_queue.Writer.TryWrite(request))
        {
            // The count above leaves room in the channel, so only a disposed runner refuses.
            Interlocked.Decrement(ref _queued);
            request.Fail(InferenceErrorKind.ModelUnavailable);
        }
        return new ValueTask<RunResult>(result);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task.ConfigureAwait(false);
    }

    private ValueTask<RunResult> Refuse(InputRows rows, InferenceErrorKind kind)
    {
        rows.Dispose();
        InferenceMetrics.Count(_model, kind);
        return new ValueTask<RunResult>(new RunResult(null, kind));
    }

    private void Loop()
    {
        try
        {
            var batch = new List<Request>();
            while (true)
            {
                while (_queue.Reader.TryRead(out Request? request))
                    _waiting.AddLast(request);
                if (_waiting.Count == 0)
                {
                    if (!_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                        return;
                    continue;
                }
                TakeBatch(batch);
                if (batch.Count > 0)
                    RunBatch(batch);
                batch.Clear();
            }
        }
        finally
        {
            _graph.Dispose();
            _ended.SetResult();
        }
    }

    /// <summary>Takes the oldest request and those of its shape that fit; drops what nobody waits for.</summary>
    private void TakeBatch(List<Request> batch)
    {
        DateTimeOffset now = _time.GetUtcNow();
        int rows = 0;
        LinkedListNode<Request>? next;
        for (LinkedListNode<Request>? node = _waiting.First; node is not null; node = next)
        {
            next = node.Next;
            Request request = node.Value;
            InferenceErrorKind? late = request.Result.IsCompleted ? InferenceErrorKind.Cancelled : now >= request.Deadline ? InferenceErrorKind.DeadlinePassed : null;
            bool joins = late is null && (batch.Count == 0 || (rows + request.Rows.Rows <= _maxRows && request.HasShapeOf(batch[0])));
            if (late is null && !joins)
                continue;
            _waiting.Remove(node);
            Interlocked.Decrement(ref _queued);
            if (late is { } kind)
            {
                InferenceMetrics.Count(_model, kind);
                request.Fail(kind);
                continue;
            }
            rows += request.Rows.Rows;
            batch.Add(request);
        }
    }

    private void RunBatch(List<Request> batch)
    {
        if (batch.Count > 1 && TryRunJoined(batch))
            return;
        foreach (Request request in batch)
            RunOne(request);
    }

    private void RunOne(Request request)
    {
        // Rows that were joined before may have waited for a failed run.
        if (request.Result.IsCompleted)
        {
            request.Fail(InferenceErrorKind.Cancelled);
            return;
        }
        try
        {
            InputRows rows = request.Rows;
            var tensors = new Memory<float>[rows.Names.Count];
            for (int i = 0; i < tensors.Length; i++)
                tensors[i] = rows.Memory(i);
            float[][] outputs = _graph.Run(rows.Names, tensors, rows.RowShapes, rows.Rows);
            request.Complete(Name(outputs));
        }
        catch (OutputShapeException)
        {
            Fail(request, InferenceErrorKind.ImplausibleOutput, nameof(OutputShapeException));
        }
        catch (Exception e)
        {
            // The runtime's message may quote values of the patient: only the type is told.
            Fail(request, InferenceErrorKind.RuntimeFailure, e.GetType().Name);
        }
    }

    private void Fail(Request request, InferenceErrorKind kind, string type)
    {
        InferenceMetrics.Count(_model, kind);
        LogRunFailed(_logger, _model, kind, type, request.Rows.Rows);
        request.Fail(kind);
    }

    private bool TryRunJoined(List<Request> batch)
    {
        InputRows first = batch[0].Rows;
        int rows = batch.Sum(r => r.Rows.Rows);
        var rented = new float[first.Names.Count][];
        var tensors = new Memory<float>[rented.Length];
        try
        {
            for (int i = 0; i < rented.Length; i++)
            {
                rented[i] = ArrayPool<float>.Shared.Rent(Math.Max(1, checked(rows * first.RowLength(i))));
                tensors[i] = rented[i].AsMemory(0, rows * first.RowLength(i));
                int at = 0;
                foreach (Request request in batch)
                {
                    Span<float> source = request.Rows.Tensor(i);
                    source.CopyTo(tensors[i].Span[at..]);
                    at += source.Length;
                }
            }
            float[][] outputs = _graph.Run(first.Names, tensors, first.RowShapes, rows);
            int row = 0;
            foreach (Request request in batch)
            {
                int own = request.Rows.Rows;
                var parts = new float[outputs.Length][];
                for (int i = 0; i < parts.Length; i++)
                {
                    int length = outputs[i].Length / rows;
                    parts[i] = outputs[i].AsSpan(row * length, own * length).ToArray();
                }
                row += own;
                request.Complete(Name(parts));
            }
            return true;
        }
        catch (Exception e)
        {
            // One of them may be at fault; each gets a run of its own and the log entry comes from there.
            LogJoinedRunFailed(_logger, _model, e.GetType().Name, batch.Count);
            return false;
        }
        finally
        {
            foreach (float[]? array in rented)
            {
                if (array is not null)
                    ArrayPool<float>.Shared.Return(array, clearArray: true);
            }
        }
    }

    private Dictionary<string, float[]> Name(float[][] outputs)
    {
        var named = new Dictionary<string, float[]>(outputs.Length, StringComparer.Ordinal);
        for (int i = 0; i < outputs.Length; i++)
            named.Add(_graph.OutputNames[i], outputs[i]);
        return named;
    }

    [LoggerMessage(2050, LogLevel.Error, "Run of model {Model} failed: {Kind} ({ExceptionType}), {Rows} rows.")]
    private static partial void LogRunFailed(ILogger logger, string model, InferenceErrorKind kind, string exceptionType, int rows);

    [LoggerMessage(2002, LogLevel.Warning, "Joined run of model {Model} failed ({ExceptionType}); its {Requests} requests run one by one.")]
    private static partial void LogJoinedRunFailed(ILogger logger, string model, string exceptionType, int requests);

    /// <summary>Rows with whoever waits for them.</summary>
    private sealed class Request(InputRows rows, DateTimeOffset deadline)
    {
        private readonly TaskCompletionSource<RunResult> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _registration;

        public InputRows Rows => rows;

        public DateTimeOffset Deadline => deadline;

        public Task<RunResult> Result => _source.Task;

        /// <summary>Frees the waiting caller at once; the rows are dropped when the thread comes to them.</summary>
        public void WatchFor(CancellationToken cancellationToken) =>
            _registration = cancellationToken.UnsafeRegister(static s => ((Request)s!)._source.TrySetResult(new RunResult(null, InferenceErrorKind.Cancelled)), this);

        public bool HasShapeOf(Request other)
        {
            if (rows.RowShapes.Count != other.Rows.RowShapes.Count)
                return false;
            for (int i = 0; i < rows.RowShapes.Count; i++)
            {
                if (rows.Names[i] != other.Rows.Names[i] || !rows.RowShapes[i].AsSpan().SequenceEqual(other.Rows.RowShapes[i]))
                    return false;
            }
            return true;
        }

        public void Complete(IReadOnlyDictionary<string, float[]> outputs) => End(new RunResult(outputs, null));

        public void Fail(InferenceErrorKind kind) => End(new RunResult(null, kind));

        private void End(RunResult result)
        {
            rows.Dispose();
            _registration.Dispose();
            _source.TrySetResult(result);
        }
    }
}
