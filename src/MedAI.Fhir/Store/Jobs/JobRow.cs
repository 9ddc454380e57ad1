namespace MedAI.Fhir.Store.Jobs;

/// <summary>One operation that is worked off in the background, without what was asked and without its result.</summary>
/// <param name="Id">Random: who knows it was told.</param>
/// <param name="Owner">Digest of the client that asked; nobody else learns that the job exists.</param>
/// <param name="Received">When it was asked for.</param>
/// <param name="Expires">When its result goes; null while it waits or runs.</param>
/// <param name="Attempts">How often it was begun.</param>
/// <param name="Format">Media type of the result; null while there is none.</param>
/// <param name="Status">HTTP status with which the result is given.</param>
/// <param name="Position">How much of a job over many patients is done.</param>
public sealed record JobRow(string Id, string Owner, JobState State, DateTimeOffset Received, DateTimeOffset? Expires, int Attempts, string? Format, int Status, int Position)
{
    /// <summary>The server that runs it; null where none does, or none has yet.</summary>
    public string? Holder { get; init; }
}

/// <summary>How far a job is.</summary>
public enum JobState
{
    /// <summary>Waits, or is run.</summary>
    Waiting,
    /// <summary>Its result is stored.</summary>
    Ended,
}

/// <summary>A piece of a file that a job over many patients writes.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Lines">Lines of NDJSON in it.</param>
public sealed record JobPart(string File, int Lines, ReadOnlyMemory<byte> Bytes);

/// <summary>A piece as it is read.</summary>
/// <param name="Place">Where it stands among the others of its file.</param>
public sealed record StoredPart(int Place, ReadOnlyMemory<byte> Bytes);

/// <summary>What is needed to run a job.</summary>
/// <param name="Wish">Operation, caller and preferences, UTF-8 JSON.</param>
/// <param name="Body">Parameters, or the bare resource, UTF-8 JSON; empty where the request had none.</param>
public sealed record JobRequest(ReadOnlyMemory<byte> Wish, ReadOnlyMemory<byte> Body);
