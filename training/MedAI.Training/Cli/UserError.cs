namespace MedAI.Training.Cli;

/// <summary>Tells what a user can put right from what is a fault of this programme.</summary>
internal static class UserError
{
    /// <summary>One line for a wrong folder, a damaged file, a wrong option or a missing native library; null for anything else.</summary>
    public static string? Of(Exception exception) => exception switch
    {
        DllNotFoundException when exception.Message.Contains("gomp", StringComparison.Ordinal) => "A native library does not load: install libgomp (Debian: apt-get install libgomp1).",
        FormatException or IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException or DllNotFoundException => OneLine(exception.Message),
        AggregateException { InnerException: { } inner } => Of(inner),
        TypeInitializationException { InnerException: { } inner } => Of(inner),
        _ => null,
    };

    private static string OneLine(string message) => string.Join("; ", message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
