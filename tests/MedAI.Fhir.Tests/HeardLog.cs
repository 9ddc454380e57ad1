using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests;

/// <summary>Hears whatever a server logs, scopes included.</summary>
/// <param name="least">What is less grave is not kept.</param>
internal sealed class HeardLog(LogLevel least = LogLevel.Trace) : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>Settings with which a server says all that is heard.</summary>
    public string[] Levels => ["--Logging:LogLevel:Default", $"{least}", "--Logging:LogLevel:Microsoft.AspNetCore", $"{least}"];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, least, Lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, LogLevel least, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            if (least == LogLevel.Trace)
                lines.Enqueue($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                lines.Enqueue($"{category} {formatter(state, exception)} {exception}");
        }
    }
}
