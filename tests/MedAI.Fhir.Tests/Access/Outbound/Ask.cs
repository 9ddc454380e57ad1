using System.Collections.Concurrent;
using System.Net;
using System.Text;
using MedAI.Fhir.Access.Outbound;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Access.Outbound;

/// <summary>Builds guards and asks through them.</summary>
internal static class Ask
{
    public static OutboundOptions Trusting(params string[] origins) => new()
    {
        Origins = [.. origins.Select(origin => new OriginOptions { Origin = origin, Internal = true, Uses = [OutboundUse.DicomWeb, OutboundUse.Fhir] })],
    };

    public static OutboundGuard Guard(OutboundOptions options, HostResolver? resolver = null, TimeProvider? time = null, ILogger<OutboundGuard>? log = null) =>
        new(Options.Create(options), resolver ?? new HostResolver(), time ?? TimeProvider.System, log ?? new RememberingLog<OutboundGuard>());

    public static OutboundTarget Target(this OutboundGuard guard, string address, OutboundUse use = OutboundUse.DicomWeb)
    {
        Assert.True(guard.TryTarget(address, use, out var target));
        return target;
    }

    /// <summary>Asks for text.</summary>
    public static Task<OutboundResult<string>> TextAsync(this OutboundTarget target, int milliseconds = 20_000, long maxBytes = 1 << 20, OriginToken? token = null, TimeProvider? time = null,
        ReadOnlyMemory<byte>? form = null, CancellationToken cancellationToken = default) =>
        OutboundGuard.AskAsync(target,
            new OutboundAsk { Accept = "text/plain", MaxBytes = maxBytes, Deadline = (time ?? TimeProvider.System).GetUtcNow().AddMilliseconds(milliseconds), Token = token, Form = form },
            async (answer, stop) =>
            {
                using var memory = new MemoryStream();
                await answer.Body.CopyToAsync(memory, stop);
                return Encoding.UTF8.GetString(memory.ToArray());
            }, cancellationToken);
}

/// <summary>Gives the addresses that the test says, one set after the other.</summary>
internal sealed class ScriptedResolver(params string[][] answers) : HostResolver
{
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public override Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Task.FromResult(answers[Math.Min(Interlocked.Increment(ref _asked), answers.Length) - 1].Select(IPAddress.Parse).ToArray());
}

/// <summary>Keeps every line that was logged, with its parameters.</summary>
internal sealed class RememberingLog<T> : ILogger<T>
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public string All => string.Join('\n', Lines);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        Lines.Enqueue(state.ToString() ?? "");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)} {exception}");
}

/// <summary>A clock that moves when it is told to, timers included.</summary>
internal sealed class HandClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<HandTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public void Advance(TimeSpan by)
    {
        List<HandTimer> due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(t => t.Due <= _now)];
            _timers.RemoveAll(due.Contains);
        }
        due.ForEach(t => t.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HandTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class HandTimer(HandClock clock, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = clock._now + dueTime;
                    clock._timers.Add(this);
                }
            }
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
